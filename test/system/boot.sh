#!/bin/bash
# Boots a systemd of its own, over a copy of this machine's file system that is gone with it. It is to be the first
# process of its own process and mount namespaces: then nothing is left that it mounts or starts, however it ends.
#
# Usage: boot.sh NAME; NAME is that of its control groups, which whoever starts it removes.
set -euo pipefail
name=$1

# systemd-nspawn puts the container into groups below its own: several of them at once must not share these.
for hierarchy in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
  [[ -e $hierarchy/cgroup.procs ]] || continue
  mkdir "$hierarchy/$name"
  echo $$ >"$hierarchy/$name/cgroup.procs"
done

mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root

# A machine that runs nothing yet, and has never had a web server.
rm -rf /mnt/root/etc/systemd/system/*.wants
rm -rf /mnt/root/var/www /mnt/root/etc/webserver /mnt/root/var/log/webserver /mnt/root/var/log/journal
# Images of containers install no documentation and start no service, both of which are tested here.
rm -f /mnt/root/etc/dpkg/dpkg.cfg.d/* /mnt/root/usr/sbin/policy-rc.d

export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
while :; do
  status=0
  systemd-nspawn --quiet --boot --directory /mnt/root --machine "$name" --private-network \
    --register=no --keep-unit --console=read-only --link-journal=no --resolv-conf=off --timezone=off \
    --tmpfs=/tmp --bind=/dev/fuse || status=$?
  # What it ends with when the machine inside is to be rebooted.
  ((status == 133)) || exit "$status"
done
