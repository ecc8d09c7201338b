#!/bin/sh
# One sandbox. Needs nothing of Gyre once it runs, so it outlives the runtime host.
#
#   runner ──▶ unshare ──▶ init, pid 1 of the sandbox ──▶ the workload
#
# The runner has a session of its own and notes how the run ended. When the workload ends, so does
# init; when init ends, the kernel kills whatever else is in the sandbox.
#
#   sandbox.sh run DIRECTORY NAMESPACES...    the runner
#   sandbox.sh init                           what unshare runs

note() { printf '%s\n' "$2" >"$1.new" && mv "$1.new" "$1"; }

# The start time of a process, field 22 of its stat: the pid alone may be somebody else's by now.
started_of() {
  read -r line <"/proc/$1/stat" || return
  line=${line##*) }
  set -- $line
  shift 19
  started=$1
}

size() { stat -c %s "$1"; }

case $1 in
run)
  cd "$2" || exit 1
  shift 2
  # Held until the last process of the sandbox is gone: there is never a second run beside a first.
  exec 9>lock
  flock -w 10 9 || exit 1
  [ ! -e stopped ] || exit 0
  exec >>out.log 2>>err.log </dev/null
  out=$(size out.log) err=$(size err.log)
  started_of $$
  export RUNNER="$$ $started"
  unshare --fork --kill-child --pid --mount "$@" -- sh "$0" init
  code=$?
  read -r pid started init init_started runner runner_started boot <run
  [ "$runner $runner_started" = "$RUNNER" ] || exit 1
  note exit "$pid $started $code $out $(size out.log) $err $(size err.log)"
  ;;
init)
  (
    # This is still the host's /proc, so these are pids as the host knows them.
    read -r pid name state init rest </proc/self/stat
    started_of "$init"
    init="$init $started"
    started_of "$pid"
    read -r boot </proc/sys/kernel/random/boot_id
    mount -t proc proc /proc || exit
    printf %.64s "${PWD##*/}" >/proc/sys/kernel/hostname
    note run "$pid $started $init $RUNNER $boot"
    rm -f starting
    unset RUNNER
    exec 9>&-
    . ./launch
  ) &
  wait $!
  exit
  ;;
esac
