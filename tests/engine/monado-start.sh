#!/usr/bin/env bash
# Start Monado's OpenXR service with a simulated headset, wait for its socket, print its pid.
#
#   monado-start.sh RUNTIME_DIR LOG [NAME=VALUE...]
#
# RUNTIME_DIR, under /tmp, becomes the service's XDG_RUNTIME_DIR; its clients need the same. One
# service per folder, so that several can run side by side. No display is needed (null compositor).
set -euo pipefail
here=$(dirname "$(realpath "$0")")
runtime=$(realpath -m "${1:?RUNTIME_DIR}") log=${2:?LOG}
shift 2
case "$runtime" in
  /tmp/?*) mkdir -p -m 700 "$runtime" ;;
  *) echo "RUNTIME_DIR must lie under /tmp, got $runtime" >&2 && exit 2 ;;
esac
socket=$runtime/monado_comp_ipc
rm -f "$socket" # of a service that was killed: a new one refuses to start beside it
ENGINE_ENV="XDG_RUNTIME_DIR=$runtime SIMULATED_ENABLE=1 XRT_NO_STDIN=1 XRT_COMPOSITOR_NULL=1 $*" \
  setsid "$here/engine-run.sh" monado-service > "$log" 2>&1 < /dev/null &
pid=$!
for _ in $(seq 100); do
  [ -S "$socket" ] && { echo "$pid"; exit 0; }
  kill -0 "$pid" 2> /dev/null || { echo "monado-service ended:" >&2; tail -20 "$log" >&2; exit 1; }
  sleep 0.1
done
kill -KILL "$pid"
echo "monado-service opened no socket within 10 s; see $log" >&2
exit 1
