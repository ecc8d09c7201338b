# Installs Gyre as units of systemd and removes it again. Sourced by the launcher, whose variables ($here, $dist, $self,
# $java_home) and functions it uses.
#
#   /opt/gyre/releases/ID/         a release: launcher, jars, plugins, class data archive; ID is made of its bytes
#   /opt/gyre/current              the one that is started
#   /usr/local/lib/systemd/system  the units; what the administrator adds is in /etc/systemd/system/gyre-*.d
#   /etc/gyre/gyre.yaml            the configuration
#   /var/lib/gyre                  the data root
#
# Every step can be repeated: a run that was broken off is completed by the next.

opt=/opt/gyre
units=/usr/local/lib/systemd/system
data=/var/lib/gyre
config=/etc/gyre/gyre.yaml
services="gyre-api.service gyre-reconciler.service gyre-runtime.service"
kept_releases=2
need_kib=400000

problems=""
problem() { problems="$problems
  $1"; }

refuse_problems() {
  [ -z "$problems" ] || die "nothing was done:$problems"
}

active() { systemctl is-active --quiet "$1"; }

check_host() {
  [ "$(id -u)" = 0 ] || problem "not root: run it with sudo"
  if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
    systemd_version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
    [ "${systemd_version:-0}" -ge 250 ] || problem "systemd ${systemd_version:-of unknown version} is too old: 250 or newer is needed"
  else
    problem "systemd is not the first process of this machine: use gyre up -d instead"
  fi
}

# ---- install

check_install() {
  check_host
  [ ! -e /usr/lib/gyre/system.env ] || problem "Gyre is installed here as a package: upgrade that, or remove it first (apt remove gyre; workloads go on, data stays)"
  find_jdk bin/java || problem "no Java 25 or newer was found: install one, or set GYRE_JAVA_HOME"
  case ${java_home:-} in
  /home/* | /root/*) problem "the Java in $java_home is out of reach for the user gyre: install one below /usr or /opt" ;;
  esac
  for where in /opt /var/lib; do
    free=$(df -Pk $where 2>/dev/null | awk 'NR == 2 { print $4 }')
    [ "${free:-$need_kib}" -ge $need_kib ] || problem "$where has $((free / 1024)) MiB free: $((need_kib / 1024)) are needed"
  done
  case $listen in
  "" | *:*) ;;
  *) problem "--listen $listen is not ADDRESS:PORT, as in 127.0.0.1:7070" ;;
  esac
  wanted=${listen:-$(configured_listen)}
  port=${wanted##*:}
  case $port in
  "" | *[!0-9]*) problem "--listen $wanted has no port" ;;
  *) { [ -n "$problems" ] || held_by_us "$port"; } || ! port_listens "$port" || problem "port $port is in use: choose another with --listen ADDRESS:PORT" ;;
  esac
  refuse_problems
}

configured_listen() {
  file=/etc/systemd/system/gyre-api.socket.d/listen.conf
  [ -f $file ] || file=$here/systemd/units/gyre-api.socket
  sed -n 's/^ListenStream=\(..*\)/\1/p' "$file"
}

held_by_us() { active gyre-api.socket && systemctl show --value --property=Listen gyre-api.socket | grep -q ":$1 "; }

port_listens() { # state 0A: listening
  awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && $2 ~ port "$" { found = 1 } END { exit !found }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

release_id() {
  (
    cd "$dist"
    find lib plugins -type f -exec sha256sum {} +
    cd "$here"
    find gyre systemd/setup.sh systemd/units -type f -exec sha256sum {} +
    printf '%s\n' "$java_home"
  ) | LC_ALL=C sort | sha256sum | cut -c 1-12
}

make_release() {
  release=$opt/releases/$(release_id)
  [ -f "$release/.complete" ] && return 0
  say "installing to $release"
  mkdir -p $opt/releases
  rm -rf "$release"
  mkdir "$release"
  # With their times, by which the class data archive knows what it was made of.
  cp -Rp "$dist/lib" "$dist/plugins" "$release/"
  [ ! -f "$dist/gyre.jsa" ] || cp -p "$dist/gyre.jsa" "$release/"
  cp "$here/gyre" "$release/"
  mkdir "$release/systemd" "$release/docs"
  cp -R "$here/systemd/setup.sh" "$here/systemd/units" "$release/systemd/"
  [ ! -f "$here/docs/systemd.md" ] || cp "$here/docs/systemd.md" "$release/docs/"
  [ ! -d "$here/runtime" ] || cp -Rp "$here/runtime" "$release/"
  chmod -R u=rwX,go=rX "$release"
  java=$java_home
  [ "$java" != "$here/runtime" ] || java=$release/runtime
  system_env "$java" >"$release/system.env"
  : >"$release/.built"
  [ -z "$archive" ] || "$release/gyre" archive || say "no class data archive could be made; starts are slower"
  sync -f "$release" 2>/dev/null || :
  : >"$release/.complete"
}

system_env() { # $1: the Java to use
  cat <<END
# What the launcher beside this file takes where the environment says nothing else.
: "\${GYRE_HOME:=$data}" "\${GYRE_CONFIG:=$config}" "\${GYRE_JAVA_HOME:=$1}"
END
}

default_config() {
  cat <<'END'
# The configuration of Gyre; every key is optional, see docs/configuration.md.
# Where the API listens is not said here but to systemd: gyre install --listen ADDRESS:PORT
END
}

install_units() {
  mkdir -p $units /usr/local/lib/sysusers.d /usr/local/lib/tmpfiles.d /etc/gyre
  cp "$release/systemd/units/gyre.sysusers.conf" /usr/local/lib/sysusers.d/gyre.conf
  cp "$release/systemd/units/gyre.tmpfiles.conf" /usr/local/lib/tmpfiles.d/gyre.conf
  systemd-sysusers /usr/local/lib/sysusers.d/gyre.conf
  systemd-tmpfiles --create /usr/local/lib/tmpfiles.d/gyre.conf
  for file in "$release"/systemd/units/gyre*.service "$release"/systemd/units/gyre*.socket "$release"/systemd/units/gyre*.target "$release"/systemd/units/gyre*.slice; do
    cp "$file" $units/
  done
  # From 254 on systemd can back off; before, a component that can't start is tried ten times a second.
  for service in $services; do
    rm -f "$units/$service.d/backoff.conf"
    if [ "$systemd_version" -ge 254 ]; then
      mkdir -p "$units/$service.d"
      printf '[Service]\nRestartSteps=8\nRestartMaxDelaySec=10s\n' >"$units/$service.d/backoff.conf"
    fi
  done
  if [ -n "$listen" ]; then
    mkdir -p /etc/systemd/system/gyre-api.socket.d
    printf '# By gyre install --listen.\n[Socket]\nListenStream=\nListenStream=%s\n' "$listen" >/etc/systemd/system/gyre-api.socket.d/listen.conf
  fi
  if [ ! -f $config ]; then
    default_config >$config
  fi
}

flip() { # which release is started from now on; at once
  ln -sfn "$1" $opt/current.new
  mv -T $opt/current.new $opt/current
}

start_all() {
  systemctl enable --quiet gyre.target gyre-api.socket
  if [ -n "$relisten" ]; then
    systemctl stop gyre-api.service gyre-api.socket
  fi
  for service in $services; do
    case " $old_running " in
    *" $service "*)
      say "restarting $service"
      systemctl restart "$service" || return 1
      ;;
    esac
  done
  systemctl start gyre.target && systemctl start gyre-api.socket $services
}

do_install() {
  listen="" start=1 archive=1
  while [ $# -gt 0 ]; do
    case $1 in
    --listen) [ $# -ge 2 ] || die "--listen needs ADDRESS:PORT"; listen=$2; shift ;;
    --listen=*) listen=${1#*=} ;;
    --no-start) start="" ;;
    --no-archive) archive="" ;;
    *) die "gyre install does not know \"$1\"" "usage: gyre install [--listen ADDRESS:PORT] [--no-start] [--no-archive]" ;;
    esac
    shift
  done
  check_install
  built || build
  old=$(readlink $opt/current 2>/dev/null) || old=""
  relisten=""
  if [ -n "$listen" ] && active gyre-api.socket && ! held_by_us "$port"; then relisten=1; fi
  make_release
  old_running=""
  if [ "$old" != "$release" ]; then
    for service in $services; do ! active "$service" || old_running="$old_running $service"; done
  fi
  install_units
  flip "$release"
  mkdir -p /usr/local/bin
  ln -sfn $opt/current/gyre /usr/local/bin/gyre
  systemctl daemon-reload
  if [ -z "$start" ]; then
    systemctl enable --quiet gyre.target gyre-api.socket
    say "installed; start it with: systemctl start gyre.target"
    return 0
  fi
  if ! start_all; then
    say "Gyre did not start; see: journalctl -u 'gyre-*' -n 50"
    if [ -n "$old" ] && [ "$old" != "$release" ] && [ -f "$old/.complete" ]; then
      say "going back to $old"
      release=$old
      install_units
      flip "$old"
      systemctl daemon-reload
      # shellcheck disable=SC2086
      systemctl restart $services || :
    fi
    exit 1
  fi
  remove_old_releases
  say "Gyre runs at $(systemctl show --value --property=Listen gyre-api.socket | sed 's/ .*//'), and starts with the machine"
  say "the first token is in $data/admin-token; try: gyre status"
}

remove_old_releases() {
  # shellcheck disable=SC2012
  ls -1dt $opt/releases/*/ | sed 's|/$||' | grep -vxF "$release" | tail -n +$kept_releases | while read -r unused; do
    rm -rf "$unused"
  done
}

# ---- uninstall

do_uninstall() {
  workloads="" purge=""
  for option in "$@"; do
    case $option in
    --workloads) workloads=1 ;;
    --purge) purge=1 ;;
    *) die "gyre uninstall does not know \"$option\"" "usage: gyre uninstall [--workloads] [--purge]" ;;
    esac
  done
  check_host
  [ -e $units/gyre.target ] || [ -d $opt ] || problem "Gyre is not installed as units of systemd"
  refuse_problems
  if [ -n "$workloads" ]; then
    [ -x $opt/current/gyre ] || die "$opt/current/gyre is missing, so no workload can be removed" "run gyre install first"
    systemctl start gyre-api.socket $services || die "Gyre does not start, so no workload can be removed" "see: journalctl -u 'gyre-*' -n 50"
    installed_gyre down --workloads || die "not all workloads could be removed; Gyre goes on" "see: gyre get instances -A"
  elif [ -n "$purge" ] && [ -n "$(workloads_left)" ]; then
    die "workloads are left, whose state --purge would remove" "use gyre uninstall --workloads --purge"
  fi
  left=$(workloads_left) || :
  systemctl disable --quiet --now gyre.target gyre-api.socket $services 2>/dev/null || :
  rm -rf $units/gyre.target $units/gyre-api.socket $units/gyre-components.slice $units/gyre-workloads.slice \
    /etc/systemd/system/gyre-api.socket.d/listen.conf /usr/local/lib/sysusers.d/gyre.conf /usr/local/lib/tmpfiles.d/gyre.conf
  rmdir /etc/systemd/system/gyre-api.socket.d 2>/dev/null || :
  for service in $services; do rm -rf "${units:?}/$service" "$units/$service.d"; done
  systemctl daemon-reload
  # shellcheck disable=SC2086
  systemctl reset-failed $services gyre-api.socket 2>/dev/null || :
  rm -f /usr/local/bin/gyre
  rm -rf $opt
  if [ -n "$purge" ]; then
    rm -rf $data /etc/gyre
    ! command -v userdel >/dev/null 2>&1 || userdel gyre 2>/dev/null || :
    say "Gyre and its data are removed"
  elif [ -n "$workloads" ]; then
    say "Gyre and its workloads are removed; its data stays in $data, its configuration in /etc/gyre"
  else
    say "Gyre is removed; its data stays in $data, its configuration in /etc/gyre"
    [ -z "$left" ] ||
      say "workloads go on, and those of the process runtime are still restarted when they end, but not after a reboot; gyre install takes them over"
  fi
}

installed_gyre() { GYRE_HOME=$data GYRE_CONFIG=$config $opt/current/gyre "$@"; }

# Asked of the API, or where that doesn't run, of the host's processes.
workloads_left() {
  installed_gyre get deployments -A -o name 2>/dev/null ||
    find $data/runtimes/process/instances -mindepth 2 -maxdepth 2 -name identity -print -quit 2>/dev/null
}
