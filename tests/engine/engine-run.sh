#!/usr/bin/env bash
# Run a command inside the engine root, in a mount namespace of its own: nothing stays mounted.
#
#   engine-run.sh COMMAND [ARG...]
#
# /proc, /sys, /dev (with /dev/shm) and /tmp are the machine's own, so that shared memory and files
# under /tmp are the same on both sides; the environment starts empty.
#   ENGINE_ENV   "NAME=VALUE ..." for the command
#   ENGINE_BIND  further folders that both sides see, at the same path
set -euo pipefail
. "$(dirname "$(realpath "$0")")/engine-env.sh"
need_engine_root
[ "$(id -u)" = 0 ] || { echo "this must run as root (chroot and mounts)" >&2; exit 2; }
export ENGINE_ROOT
exec unshare --mount --propagation private -- bash -c '
  set -e
  root=$ENGINE_ROOT
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount --bind /tmp "$root/tmp"
  for folder in ${ENGINE_BIND:-}; do
    mkdir -p "$root$folder"
    mount --bind "$folder" "$root$folder"
  done
  exec chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
    HOME=/root LANG=C.UTF-8 ${ENGINE_ENV:-} "$@"
' bash "$@"
