#!/bin/bash
# Boots a systemd with namespaces of its own and no unit but those given, with an image in /usr/lib/commonshub.
# Nothing of the machine can be written from here: the root file system is read-only, and /tmp, /var and /run are private.
# Without that, the units of the distribution would clean up the machine's own /tmp at this boot.
# $1: directory with "units" and "image". Run by root as: unshare --pid --fork --mount --uts --ipc --net --cgroup --mount-proc
set -e
[ $$ = 1 ] || { echo "This is only for a namespace of its own." >&2; exit 1; }
mount --make-rprivate /
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
mount -o remount,bind,ro /
# If one of these can be written, something is wrong: go no further.
for directory in / /etc /home /root /usr /work; do
  if [ -d "$directory" ] && touch "$directory/.written" 2>/dev/null; then
    rm -f "$directory/.written"
    echo "$directory can be written." >&2
    exit 1
  fi
done
[ -z "$(ls -A /tmp)" ] || exit 1
if [ "${2:-}" = check ]; then
  mount | grep -E " on (/|/tmp|/var|/run|/usr/lib|/etc/systemd/system) "
  ls /usr/lib/systemd/system /etc/systemd/system /run/systemd/system
  exit 0
fi
export container=unshare
exec /lib/systemd/systemd --system --unit=zones-test.target --log-target=null --show-status=no
