#!/bin/sh
# The parent of one instance's main process. It records every start and end in the journal, starts
# the process again as the policy says, and needs nothing of Gyre but the files beside it:
#
#   run.sh   sets up the environment and executes the workload
#   policy   what is wanted: shell assignments, replaced atomically by the host, read at every end
#   cgroup   files to join and the group to sweep: shell assignments
#   keeper   who keeps this instance; without a unit it is made once, exclusively
#   oom      when a run ended of which the kernel had killed a process for want of memory
#
# TERM stops the workload and ends: for good where the policy says stop, else until somebody starts
# a keeper again. HUP reads the policy again and repeats the last record.
# The whole stop happens inside the trap: a flag that is looked at before `wait` could be set just
# after the look. Between the end of the workload and its next start nothing is forked but the
# workload.
#
# In a unit of systemd the arguments are the same at every start, and systemd starts us again when
# we were killed. What we were told counts only while the journal is as it was then; after that
# its last record does. Our standard output is the unit's journal.

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

# To the unit's journal.
say() {
  [ "$unit" = - ] || echo "$*" 2>/dev/null
}

# The last lines of the run that ended last, as long as they are news.
last_words() {
  if [ "$code" = 0 ] || [ "$out_to" = - ] || [ "$row" -gt 5 ]; then return 0; fi
  for part in "out $out_from $out_to" "err $err_from $err_to"; do
    set -- $part
    from=$2
    [ $(($3 - from)) -le 1000 ] || from=$(($3 - 1000))
    [ "$from" -lt "$3" ] || continue
    tail -c +$((from + 1)) "log/$1.log" | head -c $(($3 - from)) | tail -n 3
  done
} 2>/dev/null

# The groups that systemd made for our unit, and nothing above them.
own_groups() {
  root=/sys/fs/cgroup
  tree=$root/unified
  [ ! -e $root/cgroup.controllers ] || tree=$root
  while IFS=: read -r number controllers path; do
    case $path in */"$unit") ;; *) continue ;; esac
    case $number:$controllers in
      0:) [ ! -e "$tree$path/cgroup.procs" ] || cgroup=$tree$path ;;
      *:name=systemd) [ -n "$cgroup" ] || cgroup=$root/systemd$path ;;
      *:memory) [ $tree = $root ] || memory=$root/memory$path ;;
    esac
  done </proc/self/cgroup
  [ -e "$cgroup/cgroup.procs" ] || cgroup=''
  [ -n "$memory" ] || memory=$cgroup
}

# How many processes of ours the kernel has killed for want of memory.
count_kills() {
  kills=0
  [ -n "$counter" ] || return 0
  while read -r key count; do
    [ "$key" != oom_kill ] || kills=$count
  done <"$counter"
} 2>/dev/null

find_counter() {
  for counter in "$memory/memory.events" "$memory/memory.oom_control"; do
    [ -z "$memory" ] || [ ! -r "$counter" ] || return 0
  done
  counter=''
}

note_kills() {
  before=$kills
  count_kills
  [ "$kills" != "$before" ] || return 0
  killed=', the kernel killed it for want of memory'
  echo "$code_at" >oom
} 2>/dev/null

# The child shares our open file, so its position is where the child's output ends.
positions() {
  out_from=$out_end err_from=$err_end
  read -r name position </proc/$$/fdinfo/3 && [ "$position" -gt "$out_end" ] && out_end=$position
  read -r name position </proc/$$/fdinfo/4 && [ "$position" -gt "$err_end" ] && err_end=$position
  out_to=$out_end err_to=$err_end
  if [ "$how" = adopt ]; then
    out_to=- err_to=-
    out_end=$(stat -c %s log/out.log) err_end=$(stat -c %s log/err.log)
  fi
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
  policy
  [ -z "$sleeper" ] || kill -KILL "$sleeper"
  if [ $phase = forking ]; then
    if [ "$!" = "$forked" ]; then pid=-; else pid=$!; fi
  fi
  ran=$pid
  if [ "$pid" != - ]; then
    end_workload
    positions
  fi
  sweep
  pid=- start=- next=-
  if [ "$wanted" != stop ]; then interrupted; fi
  row=0 failures=0
  record Z
  say 'stopped'
  exit 0
} 2>/dev/null

# Not Gyre but somebody else wants us gone: the machine goes down, or the unit was stopped by hand.
# That is no failure, and whatever may be started again will be.
interrupted() {
  say 'told to stop, but not by Gyre: it will be started again as its policy says'
  case $ran.$mode.$event in
    -.*.K) ;;
    -.*) record B ;;
    *.never.*) record E ;;
    *) record B ;;
  esac
  exit 0
}

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
  say "started, pid $pid, restarts $restarts"
  if [ -n "$ended" ] && [ "$unit" != - ]; then
    ended=''
    last_words
  fi
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
  code_at=$now pid=- start=- phase=idle ended=1 killed=''
  if [ -n "$counter" ] && [ "$code" != 0 ]; then note_kills; fi
  say "ended with code $code after $(((code_at - started) / 1000)) s$killed"
  policy
  if [ $((code_at - started)) -ge "$reset" ]; then
    row=1 failures=0
  else
    row=$((row + 1)) failures=$((failures + 1))
  fi
  # Somebody has deleted our directory: there is nothing to start any more.
  [ -e run.sh ] || exit 0
  if [ "$wanted" = stop ]; then stop; fi
  case $mode.$code in
    never.* | failure.0)
      record E
      [ "$unit" = - ] || last_words
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
  [ $delay -le 0 ] || say "starts again in $delay ms"
  wait_delay
}

wait_delay() {
  [ $delay -gt 0 ] || return 0
  fraction=$((delay % 1000 + 1000))
  sleep $((delay / 1000)).${fraction#1} 3>&- 4>&- &
  sleeper=$!
  while [ -d /proc/$sleeper ]; do wait $sleeper; done
  sleeper=''
}

# Becomes the keeper of this instance, or leaves it to the one that is. Of a unit there is only one
# at a time, so there is nobody to race with.
claim() {
  if [ "$unit" = - ]; then
    set -C
    { echo "$$ $self $boot" >keeper; } 2>/dev/null || exit 0
    set +C
    return 0
  fi
  other='' other_start='' other_boot=''
  { read -r other other_start other_boot <keeper; } 2>/dev/null
  if [ -n "$other" ] && [ "$other" != $$ ] && [ "$other_boot" = "$boot" ]; then
    started_of "$other"
    if [ "$found" = "$other_start" ] && [ "$state" != Z ]; then exit 0; fi
  fi
  echo "$$ $self $boot" >keeper
}

# What the last whole record says, unless nothing has been recorded since we were launched.
resume() {
  last=''
  while read -r line; do
    case $line in *' .') last=$line ;; esac
  done <<END
$(tail -n 5 "$journal" 2>/dev/null)
END
  set -- $last
  if [ $# != 19 ] || [ "$1 $2 $4" = "$was" ]; then return 0; fi
  case $1 in E | Z) exit 0 ;; esac
  pid=$6 start=$7 started=$8 restarts=$9
  shift 9
  row=$1 failures=$2 code=$3 code_at=$4 out_from=$5 out_to=$6 err_from=$7 err_to=$8 next=$9
  # The run that is going on began where the one before ended.
  out_end=${out_to#-} err_end=${err_to#-}
  out_end=${out_end:-0} err_end=${err_end:-0}
  how=start
  if [ "$pid" != - ]; then
    started_of "$pid"
    how=adopt
    if [ "$found" != "$start" ] || [ "$state" = Z ]; then how=gone pid=- start=-; fi
  elif [ "${last%% *}" = B ]; then
    how=wait
  fi
  [ $how = adopt ] || sweep
}

dir=$1
cd "$dir" || exit 1
unit=- cgroup='' join='' memory='' settings='' counter='' kills=0
if [ "$2" = after ]; then
  # The unit has ended. Where we hung and had to be killed, the workload is still there.
  [ "$SERVICE_RESULT" = timeout ] || exit 0
  unit=$3
  own_groups
  [ -z "$cgroup" ] || sweep_group
  exit 0
fi
journal=$2 boot=$3 base=$4 how=$5 pid=$6 start=$7 started=$8
shift 8
restarts=$1 row=$2 failures=$3 code=$4 code_at=$5 out_from=$6 out_to=$7 err_from=$8 err_to=$9
shift 9
out_end=$1 err_end=$2 was=$3 unit=$4
event=K next=- lines=0 seed=$$ torn='' phase=idle sleeper='' ended='' killed=''
started_of $$
self=$found
claim
. ./cgroup
[ "$unit" = - ] || own_groups
find_counter
count_kills
exec 3>>log/out.log 4>>log/err.log
policy
[ "$unit" = - ] || resume
for file in $join; do
  if ! echo 0 >"$file"; then
    clock
    code=126 code_at=$now
    record E
    exit 1
  fi
done
for setting in $settings; do
  [ ! -w "$memory/${setting%%=*}" ] || echo "${setting#*=}" >"$memory/${setting%%=*}"
done
trap stop TERM
trap reload HUP
if [ $how = gone ]; then
  how=adopt code=-1
  after_end
  back_off
  restarts=$((restarts + 1))
else
  if [ $how = wait ]; then event=B; fi
  record $event
  if [ "$wanted" = stop ]; then stop; fi
fi
if [ $how = wait ]; then
  clock
  if [ "$next" = - ]; then delay=0; else delay=$((next - now)); fi
  wait_delay
  restarts=$((restarts + 1))
elif [ $how = adopt ] && [ "$pid" != - ]; then
  say "keeps pid $pid, whose keeper had died"
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
