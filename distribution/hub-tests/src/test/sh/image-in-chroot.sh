#!/bin/bash
# Installs, starts, resets and removes the packed image in a debootstrap chroot. Needs root. Says "ok: …" per check.
# Usage: image-in-chroot.sh IMAGE-DIR WORK-DIR
set -euo pipefail
image=$1
work=$2
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
mkdir -p "$work"
base=$work/base.tar
root=$work/root
hub_pid=

fail() { echo "FAILED: $*"; exit 1; }
cleanup() {
  [ -z "$hub_pid" ] || kill -9 "$hub_pid" 2>/dev/null || true
  mountpoint -q "$root/proc" && umount -l "$root/proc"
  rm -rf "$root"
}
trap cleanup EXIT

if [ ! -f "$base" ]; then
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
  rm -rf "$root"
  debootstrap --variant=minbase --include=adduser,zlib1g,libstdc++6 bookworm "$root" "$mirror" >"$work/debootstrap.log" 2>&1 || { tail -n 5 "$work/debootstrap.log"; fail "debootstrap"; }
  tar -C "$root" --one-file-system -cf "$base" .
  rm -rf "$root"
fi
rm -rf "$root"
mkdir -p "$root"
tar -C "$root" -xf "$base"
mount -t proc proc "$root/proc"
in_root() { chroot "$root" "$@"; }
(cd "$root" && find . -xdev -path ./proc -prune -o -print | sort) >"$work/before"

deb=$(ls "$image"/target/commonshub_*_"$(dpkg --print-architecture)".deb)
cp "$deb" "$root/tmp/commonshub.deb"
in_root dpkg -i /tmp/commonshub.deb >"$work/install.log" 2>&1 || { cat "$work/install.log"; fail "dpkg -i"; }
[ "$(in_root stat -c '%U %a' /var/lib/commonshub)" = "commonshub 700" ] || fail "owner and mode of the data directory"
[ -s "$root/usr/lib/commonshub/lib/hub.jsa" ] || { cat "$work/install.log"; fail "class archive"; }
in_root setpriv --reuid=nobody --regid=nogroup --clear-groups commonshub-verify --help | grep -q '\.receipt' || fail "commonshub-verify does not run"
echo "ok: installs"

start() {
  # Not by the function: its subshell would stand between this script and the hub.
  chroot "$root" setpriv --reuid=commonshub --regid=commonshub --clear-groups \
    /usr/lib/commonshub/bin/hub --data /var/lib/commonshub --config /etc/commonshub --port 18090 --tls-port 18493 >"$work/hub.log" 2>&1 &
  hub_pid=$!
  for _ in $(seq 1 100); do
    if grep -q "Claim code" "$work/hub.log" && curl -fsS -o /dev/null --max-time 2 http://127.0.0.1:18090/api/v1/session 2>/dev/null; then return 0; fi
    kill -0 "$hub_pid" 2>/dev/null || { cat "$work/hub.log"; fail "the hub ended by itself"; }
    sleep 0.2
  done
  cat "$work/hub.log"
  fail "no answer from the console"
}
stop() {
  kill -TERM "$hub_pid"
  for _ in $(seq 1 100); do kill -0 "$hub_pid" 2>/dev/null || break; sleep 0.1; done
  kill -0 "$hub_pid" 2>/dev/null && fail "the hub does not stop on SIGTERM"
  wait "$hub_pid" || true
  hub_pid=
}
start
curl -fsS --max-time 5 http://127.0.0.1:18090/ | grep -qi '<html' || fail "no page at /"
[ "$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$hub_pid/status")" != 0 ] || fail "the hub runs as root"
stop
echo "ok: starts as its own user, answers, stops on SIGTERM"

[ -n "$(ls -A "$root/var/lib/commonshub")" ] || fail "nothing was written to the data directory"
in_root commonshub-factory-reset --yes >/dev/null
[ -z "$(ls -A "$root/var/lib/commonshub")" ] || fail "factory reset left data: $(ls -A "$root/var/lib/commonshub")"
[ "$(ls -A "$root/etc/commonshub")" = org.commonshub.platform.tls.json ] || fail "factory reset left settings"
start
stop
echo "ok: factory reset wipes data and keys, and the hub starts afresh"

in_root dpkg -r commonshub >/dev/null 2>&1 || fail "dpkg -r"
[ ! -e "$root/usr/lib/commonshub" ] || fail "dpkg -r left $(find "$root/usr/lib/commonshub" | head -n 3)"
[ -d "$root/var/lib/commonshub" ] || fail "dpkg -r took the data"
in_root dpkg -P commonshub >/dev/null 2>&1 || fail "dpkg -P"
rm -f "$root/tmp/commonshub.deb"
(cd "$root" && find . -xdev -path ./proc -prune -o -print | sort) >"$work/after"
left=$(comm -13 "$work/before" "$work/after" | grep -vE '^\./(run/adduser$|var/log/|var/lib/dpkg/|var/cache/|etc/(passwd|group|shadow|gshadow|subuid|subgid)-$)' || true)
[ -z "$left" ] || fail "purge left: $left"
grep -q commonshub "$root/etc/passwd" && fail "purge left the user"
echo "ok: removes cleanly, purge leaves nothing"

exposure=$(systemd-analyze security --offline=true "$image/src/main/systemd/commonshub.service" | sed -n 's/.*exposure level.*: \([0-9.]*\).*/\1/p')
awk -v e="$exposure" 'BEGIN { exit !(e != "" && e <= 2.0) }' || fail "systemd-analyze security says $exposure, more than 2.0"
echo "ok: systemd-analyze security $exposure"

arm=$(ls "$image"/target/commonshub-*-linux-arm64.tar.gz)
mkdir -p "$work/arm"
tar -C "$work/arm" --strip-components=1 -xzf "$arm"
if command -v qemu-aarch64-static >/dev/null; then
  sysroot=$work/arm-sysroot
  if [ ! -d "$sysroot/lib" ]; then
    apt=$image/target/apt-arm64
    options=(-qq -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
      -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root)
    mkdir -p "$sysroot"
    (cd "$sysroot" && apt-get "${options[@]}" download libc6 libgcc-s1 libstdc++6 zlib1g && for d in *.deb; do dpkg-deb -x "$d" .; done)
  fi
  qemu-aarch64-static -L "$sysroot" "$work/arm/runtime/bin/java" -Xint -XX:+UseSerialGC -Xmx64m -Xshare:off \
    -cp "$work/arm/lib/launcher.jar:$work/arm/lib/*" org.commonshub.launcher.Main --help | grep -q -- --no-simulation || fail "the arm64 image does not run"
  echo "ok: the arm64 runtime runs the launcher under qemu-user"
else
  fail "qemu-aarch64-static is missing: apt-get install qemu-user-static"
fi
