#!/usr/bin/env bash
# monado-stop.sh PID: end the service that monado-start.sh started; TERM, then KILL after 3 s.
kill "${1:?PID}" 2> /dev/null || exit 0
for _ in $(seq 30); do
  kill -0 "$1" 2> /dev/null || exit 0
  sleep 0.1
done
kill -KILL "$1" 2> /dev/null
exit 0
