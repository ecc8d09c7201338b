#!/bin/sh
# The parent of one instance's main process. It records every start and end in the journal, starts
# the process again as the policy says, and needs nothing of Gyre but the files beside it:
#
#   run.sh   sets up the environment and executes the workload
#   policy   what is wanted: shell assignments, replaced atomically by the host, read at every end
#   cgroup   files to join and the group to sweep: shell assignments
#   keeper   made once, exclusively: who keeps this instance
#
# TERM stops the workload and ends; HUP reads the policy again and repeats the last record.
# The whole stop happens inside the trap: a flag that is looked at before `wait` could be set just
# after the look. Between the end of the workload and its next start nothing is forked but the
# workload.

journal=$2 boot=$3 base=$4 how=$5 pid=$6 start=$7 started=$8
dir=$1
shift 8
restarts=$1 row=$2 failures=$3 code=$4 code_at=$5 out_from=$6 out_to=$7 err_from=$8 err_to=$9
shift 9
out_end=$1 err_end=$2

cd "$dir" || exit 1
event=K next=- lines=0 seed=$$ torn='' phase=idle sleeper=''
cgroup='' join=''

clock() {
  read -r now rest </proc/uptime
  now=$((base + ${now%.*}${now#*.}0))
}

# The start time of a process, field 22: after the name, which may hold blanks and parentheses.
started_of() {
  found=-
  { read -r line </proc/"$1"/stat; } 2>/dev/null || return 0
  line=${line##*) }
  set -- $line
  state=$1
  shift 19
  found=$1
}

# Every record holds all there is to know, so that the last whole one is enough.
record() {
  event=$1
  clock
  echo "$torn$event $now $boot $$ $self $pid $start $started $restarts $row $failures $code $code_at $out_from $out_to $err_from $err_to $next ." >>"$journal" && torn='' || torn='
'
  lines=$((lines + 1))
}

policy() {
  if [ -r policy ]; then . ./policy; fi
}

# The child shares our open file, so its position is where the child's output ends.
positions() {
  out_from=$out_end err_from=$err_end
  read -r name position </proc/$$/fdinfo/3 && [ "$position" -gt "$out_end" ] && out_end=$position
  read -r name position </proc/$$/fdinfo/4 && [ "$position" -gt "$err_end" ] && err_end=$position
  out_to=$out_end err_to=$err_end
  if [ "$how" = adopt ]; then out_to=- err_to=-; fi
}

nap() {
  sleep "$1" 3>&- 4>&- &
  wait $!
}

# Kills what else is in the group; we are in it too.
sweep_group() {
  tries=0
  while [ $tries -lt 100 ]; do
    left=''
    while read -r member; do
      if [ "$member" != $$ ]; then
        left=1
        kill -KILL "$member"
      fi
    done <"$cgroup/cgroup.procs"
    [ -n "$left" ] || return 0
    tries=$((tries + 1))
    [ $tries -lt 3 ] || nap 0.01
  done
} 2>/dev/null

sweep() {
  if [ -n "$cgroup" ]; then
    sweep_group
    return 0
  fi
  for found in $(grep -lszxF "GYRE_HANDLE=$GYRE_KEEPER" /proc/[0-9]*/environ); do
    found=${found#/proc/}
    kill -KILL "${found%/environ}"
  done
} 2>/dev/null

# Whether the main process, or another of its process group, is there.
group_lives() {
  if [ "$how" = adopt ]; then
    started_of "$pid"
    [ "$found" = "$start" ] && [ "$state" != Z ] && return 0
  fi
  kill -0 -"$pid"
} 2>/dev/null

end_workload() {
  policy
  # A fork of ours that hasn't got its own session yet may still have our traps.
  tries=0
  while [ $tries -lt 200 ] && [ -d /proc/"$pid" ] && ! kill -0 -"$pid"; do
    nap 0.005
    tries=$((tries + 1))
  done
  clock
  deadline=$((now + grace)) step=0.005
  kill -"$signal" -"$pid" || kill -"$signal" "$pid"
  while group_lives && [ "$now" -lt "$deadline" ]; do
    nap $step
    clock
    case $step in 0.005) step=0.01 ;; 0.01) step=0.02 ;; *) step=0.05 ;; esac
  done
  kill -KILL -"$pid"
  if [ "$how" = adopt ]; then
    started_of "$pid"
    [ "$found" != "$start" ] || kill -KILL "$pid"
    code=-1
  else
    kill -KILL "$pid"
    wait "$pid"
    code=$?
  fi
  clock
  code_at=$now
} 2>/dev/null

stop() {
  trap '' TERM HUP
  [ -z "$sleeper" ] || kill -KILL "$sleeper"
  if [ $phase = forking ]; then
    if [ "$!" = "$forked" ]; then pid=-; else pid=$!; fi
  fi
  if [ "$pid" != - ]; then
    end_workload
    positions
  fi
  sweep
  pid=- start=- next=- row=0 failures=0
  record Z
  exit 0
} 2>/dev/null

reload() {
  policy
  if [ $phase = running ] || [ -n "$sleeper" ]; then record "$event"; fi
}

run() {
  exec >&3 2>&4 3>&- 4>&- </dev/null
  . ./run.sh
}

begin() {
  how=start forked=$! phase=forking
  run &
  pid=$! phase=running
  clock
  started=$now next=-
  started_of "$pid"
  start=$found
  record S
  if [ $lines -gt 400 ]; then compact; fi
}

compact() {
  lines=0
  tail -n 1 "$journal" >"$journal.new" && mv "$journal.new" "$journal"
} 2>/dev/null

# A trapped signal ends `wait` early with 128 + signal, so only a process that is gone has ended.
await_child() {
  while :; do
    wait "$pid"
    code=$?
    [ -d /proc/"$pid" ] || break
  done
  if [ $code = 129 ]; then
    wait "$pid"
    again=$?
    [ $again = 127 ] || code=$again
  fi
} 2>/dev/null

# An adopted process isn't our child: its exit status is lost.
await_adopted() {
  while :; do
    started_of "$pid"
    if [ "$found" != "$start" ] || [ "$state" = Z ]; then break; fi
    tail --pid="$pid" -s 0.2 -f /dev/null 3>&- 4>&- &
    sleeper=$!
    wait "$sleeper" || nap 0.2
    kill -KILL "$sleeper"
    sleeper=''
  done
  code=-1
} 2>/dev/null

after_end() {
  kill -KILL -"$pid" 2>/dev/null
  [ -z "$cgroup" ] || sweep_group
  positions
  clock
  code_at=$now pid=- start=- phase=idle
  policy
  if [ $((code_at - started)) -ge "$reset" ]; then
    row=1 failures=0
  else
    row=$((row + 1)) failures=$((failures + 1))
  fi
  if [ "$wanted" = stop ]; then stop; fi
  case $mode.$code in
    never.* | failure.0)
      record E
      exit 0
      ;;
  esac
}

back_off() {
  delay=0
  if [ $row -gt 1 ]; then
    delay=$initial step=2
    while [ $step -lt $row ] && [ $delay -lt "$max" ]; do
      delay=$((delay * 2)) step=$((step + 1))
    done
    [ $delay -le "$max" ] || delay=$max
    seed=$(((seed * 1103515245 + 12345 + now) % 2147483648))
    delay=$((delay + delay * (seed / 65536 % (2 * jitter + 1) - jitter) / 1000))
  fi
  next=$((code_at + delay))
  record B
  [ $delay -gt 0 ] || return 0
  fraction=$((delay % 1000 + 1000))
  sleep $((delay / 1000)).${fraction#1} 3>&- 4>&- &
  sleeper=$!
  while [ -d /proc/$sleeper ]; do wait $sleeper; done
  sleeper=''
}

started_of $$
self=$found
set -C
{ echo "$$ $self $boot" >keeper; } 2>/dev/null || exit 0
set +C
. ./cgroup
exec 3>>log/out.log 4>>log/err.log
policy
for file in $join; do
  if ! echo 0 >"$file"; then
    clock
    code=126 code_at=$now
    record E
    exit 1
  fi
done
trap stop TERM
trap reload HUP
record K
if [ "$wanted" = stop ]; then stop; fi
if [ "$how" = adopt ]; then
  phase=running
  await_adopted
  after_end
  back_off
  restarts=$((restarts + 1))
fi
while :; do
  begin
  await_child
  after_end
  back_off
  restarts=$((restarts + 1))
done
