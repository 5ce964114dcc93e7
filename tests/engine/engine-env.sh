# Sourced by the scripts beside it: where the engine root lies.
# EYEBRUSH_ENGINE_ROOT overrides the default.
ENGINE_ROOT=$(realpath -m "${EYEBRUSH_ENGINE_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/eyebrush/engine-root}")

need_engine_root() {
  if [ ! -f "$ENGINE_ROOT/.engine-root" ]; then
    echo "no engine root at $ENGINE_ROOT: run tests/engine/setup-engine-root.sh (951 MiB," \
      "as root), or point EYEBRUSH_ENGINE_ROOT at one" >&2
    exit 2
  fi
}
