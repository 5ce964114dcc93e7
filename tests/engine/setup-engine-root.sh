#!/usr/bin/env bash
# Build a Debian root with the real engine parts that the engine tests use: Godot 4.6, the Monado
# OpenXR runtime, the OpenXR loader with its validation layer, Mesa's software Vulkan (lavapipe) and
# Xvfb. 960 MiB.
#
#   sudo tests/engine/setup-engine-root.sh
#
# It goes to EYEBRUSH_ENGINE_ROOT, by default ~/.cache/eyebrush/engine-root. Running it again is
# free, or adds packages that are missing; a root that was left half built is built anew.
#   ENGINE_SUITE   Debian suite that has Godot >= 4.6 (default forky; sid is tried if that fails)
#   ENGINE_MIRROR  Debian mirror (default: the one that this machine's apt uses)
set -euo pipefail
. "$(dirname "$(realpath "$0")")/engine-env.sh"

suite=${ENGINE_SUITE:-forky}
target=$ENGINE_ROOT
case "$target" in
  / | /usr | /usr/* | /etc | /var | /home | /root | /tmp) echo "refusing $target" >&2 && exit 2 ;;
esac
[ "$(id -u)" = 0 ] || { echo "this must run as root (chroot and mounts)" >&2; exit 2; }

packages=(
  godot
  monado-service libopenxr1-monado libopenxr-loader1 openxr-layer-corevalidation
  mesa-vulkan-drivers libvulkan1
  libgl1-mesa-dri libegl-mesa0 libegl1 libgl1 libglx-mesa0 libgles2
  xvfb xauth
)

stamp="$target/.engine-root"
if [ -f "$stamp" ] && [ -x "$target/usr/bin/godot" ] && [ -x "$target/usr/bin/monado-service" ]; then
  if [ "$(cat "$stamp")" != "suite=$suite ${packages[*]}" ]; then
    "$(dirname "$(realpath "$0")")/engine-run.sh" bash -c '
      apt-get -qq -o Acquire::Check-Valid-Until=false update
      DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends install "$@"
    ' bash "${packages[@]}"
    echo "suite=$suite ${packages[*]}" > "$stamp"
  fi
  echo "engine root already there: $target"
  exit 0
fi
if grep -qsF " $target/" /proc/self/mounts; then
  echo "something is mounted under $target: unmount it first" >&2
  exit 3
fi
if [ -e "$target" ] && [ ! -e "$target.building" ]; then
  echo "$target exists and is no engine root: move it away, or set EYEBRUSH_ENGINE_ROOT" >&2
  exit 3
fi

if ! command -v mmdebstrap > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap
fi
mirror=${ENGINE_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
  grep -v -- -security | sort -u | sed -n 1p)}
[ -n "$mirror" ] || { echo "apt knows no Debian mirror: set ENGINE_MIRROR" >&2; exit 4; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Check-Valid-Until is off because a frozen snapshot of testing has an index past its date; the
# index's signature is verified all the same.
build() { # suite
  rm -rf --one-file-system "$target"
  mkdir -p "$(dirname "$target")"
  touch "$target.building"
  mmdebstrap --mode=root --variant=minbase --format=directory \
    --aptopt='APT::Install-Recommends "false"' \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/lib/*/libvulkan_*.so' \
    --dpkgopt='path-include=/usr/lib/*/libvulkan_lvp.so' \
    --dpkgopt='path-exclude=/usr/share/vulkan/icd.d/*' \
    --dpkgopt='path-include=/usr/share/vulkan/icd.d/lvp_icd*.json' \
    --include="$(IFS=,; echo "${packages[*]}")" \
    "$1" "$target" "deb [signed-by=$keyring] $mirror $1 main"
}

start=$SECONDS
if ! build "$suite"; then
  [ "$suite" != sid ] || exit 5
  echo "suite $suite could not be built; trying sid" >&2
  build sid
fi
mkdir -p "$target/run/user/0"
echo "suite=$suite ${packages[*]}" > "$stamp"
rm -f "$target.building"
echo "engine root built in $((SECONDS - start)) s, $(du -sxm "$target" | cut -f1) MiB: $target"
