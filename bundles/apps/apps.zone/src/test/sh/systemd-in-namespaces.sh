#!/bin/bash
# Boots a systemd with namespaces of its own and no unit but those given, with an image in /usr/lib/commonshub.
# Nothing of the machine can be written from here: the root file system, /dev, /sys and /proc/sys are read-only; /tmp, /var, /run
# and /dev/shm are private. Without that, the units of the distribution would clean up the machine's own /tmp at this boot.
# $1: directory with "units" and "image". Run by root as: unshare --pid --fork --mount --uts --ipc --net --cgroup --mount-proc
set -e
[ $$ = 1 ] || { echo "This is only for a namespace of its own." >&2; exit 1; }
mount --make-rprivate /
if findmnt -rno PROPAGATION | grep -qv '^private$'; then
  echo "Mounts are not private here." >&2
  exit 1
fi
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/overlay/upper /run/overlay/work /run/image
cp -r "$1"/units/* /run/systemd/system/
cp -rL "$1"/image/* /run/image/
mount -t overlay overlay -o lowerdir=/usr/lib,upperdir=/run/overlay/upper,workdir=/run/overlay/work /usr/lib
mkdir -p /usr/lib/commonshub
mv /run/image/* /usr/lib/commonshub/
chmod 755 /usr/lib/commonshub /usr/lib/commonshub/bin/*
for directory in /usr/lib/systemd/system /usr/lib/systemd/system-generators /etc/systemd/system; do
  mount -t tmpfs tmpfs "$directory"
done
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs tmpfs /var
mkdir -p -m 1777 /var/tmp
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
# They are hidden already; this holds should one be found elsewhere.
for unit in sysctl.service tmpfiles-setup.service tmpfiles-setup-dev.service tmpfiles-clean.service tmpfiles-clean.timer \
  journald.service journald.socket journald-dev-log.socket journal-flush.service udevd.service udev-trigger.service \
  random-seed.service update-utmp.service remount-fs.service networkd.service; do
  ln -s /dev/null "/run/systemd/system/systemd-$unit"
done
mount --bind /proc/sys /proc/sys
for directory in / /dev /sys /proc/sys; do
  mount -o remount,bind,ro "$directory"
done
# If one of these can be written, something is wrong: go no further.
for directory in / /dev /etc /home /opt /root /srv /usr /work "$1"; do
  if [ -d "$directory" ] && touch "$directory/.written" 2>/dev/null; then
    rm -f "$directory/.written"
    echo "$directory can be written." >&2
    exit 1
  fi
done
[ -z "$(ls -A /tmp /dev/shm | grep -v :)" ] || exit 1
if (echo 1 >/proc/sys/kernel/printk_ratelimit) 2>/dev/null; then
  echo "The kernel's settings can be written." >&2
  exit 1
fi
if [ "${2:-}" = check ]; then
  mount | grep -E " on (/|/tmp|/var|/run|/usr/lib|/etc/systemd/system) "
  ls /usr/lib/systemd/system /etc/systemd/system /run/systemd/system
  exit 0
fi
export container=unshare
exec /lib/systemd/systemd --system --unit=zones-test.target --log-target=null --show-status=no
