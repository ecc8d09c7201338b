# Makes a release: an archive and a Debian package that need no Java on the host. Sourced by the launcher, whose
# variables ($here, $dist, $self, $java_home) and functions it uses.
#
#   gyre-VERSION-linux-ARCH.tar.gz    unpack anywhere and run ./gyre, or sudo ./gyre install
#   gyre_VERSION_DEBARCH.deb          where dpkg-deb is: the same below /usr/lib/gyre, with units
#   gyre-VERSION.cdx.json             what is in it (CycloneDX)
#   gyre-VERSION.classes              the classes of its class data archive, in their order
#   SHA256SUMS
#
# The same sources, JDK and list of classes make the same bytes. The list is learned from a run, and no two runs load
# quite the same classes: whoever wants to make a release again gives its list with --classes.

# Desktop, compiler, scripting, Kerberos, flight recorder and debugger are named by libraries that do without.
modules=java.base,java.instrument,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.management,jdk.net,jdk.unsupported

do_dist() {
  output=$here/dist/target/release classes=""
  while [ $# -gt 0 ]; do
    case $1 in
    --output) [ $# -ge 2 ] || die "--output needs a directory"; output=$2; shift ;;
    --classes) [ $# -ge 2 ] && [ -r "$2" ] || die "--classes needs a readable file"; classes=$(readlink -f "$2"); shift ;;
    *) die "gyre dist does not know \"$1\"" "usage: gyre dist [--output DIRECTORY] [--classes FILE]" ;;
    esac
    shift
  done
  [ -f "$here/pom.xml" ] || die "gyre dist needs a checkout of the sources"
  need_jdk
  # shellcheck source=../systemd/setup.sh
  . "$here/systemd/setup.sh"
  [ -x "$java_home/bin/jlink" ] || die "$java_home has no jlink" "use a complete JDK 25, for example Eclipse Temurin"
  tar --version 2>/dev/null | grep -q 'GNU tar' || die "GNU tar is needed"
  build_options=-Pparts
  [ -n "${GYRE_NO_BUILD:-}" ] || build

  version=$(sed -n '/<artifactId>gyre-parent</,/<version>/s/.*<version>\(.*\)<.*/\1/p' "$here/pom.xml" | head -n 1)
  epoch=$(date -u -d "$(sed -n 's/.*<project.build.outputTimestamp>\(.*\)<.*/\1/p' "$here/pom.xml")" +%s)
  name=gyre-$version-linux-$(uname -m)
  mkdir -p "$output"
  output=$(readlink -f "$output")
  work=$(mktemp -d "$output/.making.XXXXXX")
  trap 'rm -rf "$work"' EXIT

  say "making the runtime"
  release=$work/$name
  make_tree
  say "making the class data archive"
  [ -z "$classes" ] || cp "$classes" "$work/classes"
  (unset GYRE_HOME GYRE_CONFIG && cd / && GYRE_JAVA_HOME=$release/runtime "$release/gyre" archive "$work/classes") ||
    die "no class data archive could be made"
  touch -d "@$epoch" "$release/gyre.jsa" "$release"

  say "packing"
  tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --format=posix \
    --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --mtime="@$epoch" --clamp-mtime -cf - "$name" |
    gzip -n -6 >"$work/$name.tar.gz"
  made="$name.tar.gz"
  if command -v dpkg-deb >/dev/null 2>&1; then
    make_deb
    made="$made $deb"
  else
    say "no .deb is made: dpkg-deb is missing"
  fi
  cp "$here/dist/target/parts.cdx.json" "$work/gyre-$version.cdx.json"
  cp "$work/classes" "$work/gyre-$version.classes"
  made="$made gyre-$version.cdx.json gyre-$version.classes"
  # shellcheck disable=SC2086
  (cd "$work" && sha256sum $made >SHA256SUMS)
  for file in $made SHA256SUMS; do mv "$work/$file" "$output/$file"; done
  say "made in $output:"
  # shellcheck disable=SC2086
  (cd "$output" && du -h $made | sed 's/^/  /') >&2
}

make_tree() {
  mkdir "$release"
  cp -R "$dist/lib" "$dist/plugins" "$here/examples" "$here/dist/target/licenses" "$release/"
  rm -rf "$release/examples/runtime-sandbox"
  cp "$here/gyre" "$here/README.md" "$here/CHANGELOG.md" "$here/LICENSE" "$release/"
  mkdir "$release/systemd" "$release/docs"
  cp -R "$here/systemd/setup.sh" "$here/systemd/units" "$release/systemd/"
  cp "$here"/docs/*.md "$release/docs/"
  "$java_home/bin/jlink" --add-modules $modules --strip-debug --no-header-files --no-man-pages --compress zip-0 \
    --output "$release/runtime" >"$work/jlink" 2>&1 || { cat "$work/jlink" >&2; die "the runtime could not be made"; }
  chmod -R u=rwX,go=rX "$release"
  : >"$release/.built"
  # The class data archive remembers the times of what it was made of.
  find "$release" -exec touch -h -d "@$epoch" {} +
}

make_deb() {
  debarch=$(dpkg --print-architecture)
  deb=gyre_$(printf '%s' "$version" | tr - '~')_$debarch.deb
  root=$work/deb
  mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/usr/lib/sysusers.d" "$root/usr/lib/tmpfiles.d" \
    "$root/usr/share/doc/gyre" "$root/etc/gyre"
  cp -Rp "$release" "$root/usr/lib/gyre"
  units=$root/usr/lib/gyre/systemd/units
  for unit in "$units"/gyre*.service "$units"/gyre*.socket "$units"/gyre*.target "$units"/gyre*.slice; do
    sed -e 's|/opt/gyre/current/docs|/usr/share/doc/gyre/docs|' -e 's|/opt/gyre/current|/usr/lib/gyre|' "$unit" >"$root/usr/lib/systemd/system/${unit##*/}"
  done
  cp "$units/gyre.sysusers.conf" "$root/usr/lib/sysusers.d/gyre.conf"
  cp "$units/gyre.tmpfiles.conf" "$root/usr/lib/tmpfiles.d/gyre.conf"
  rm -rf "$root/usr/lib/gyre/systemd"
  mv "$root/usr/lib/gyre/docs" "$root/usr/lib/gyre/examples" "$root/usr/lib/gyre/licenses" "$root/usr/lib/gyre"/*.md "$root/usr/share/doc/gyre/"
  mv "$root/usr/lib/gyre/LICENSE" "$root/usr/share/doc/gyre/copyright"
  ln -s ../lib/gyre/gyre "$root/usr/bin/gyre"
  system_env /usr/lib/gyre/runtime >"$root/usr/lib/gyre/system.env"
  default_config >"$root/etc/gyre/gyre.yaml"
  cp "$here"/dist/deb/p* "$root/DEBIAN/"
  chmod 755 "$root"/DEBIAN/p*
  echo /etc/gyre/gyre.yaml >"$root/DEBIAN/conffiles"
  sed -e "s|@VERSION@|$(printf '%s' "$version" | tr - '~')|" -e "s|@ARCH@|$debarch|" \
    -e "s|@SIZE@|$(du -sk --apparent-size "$root/usr" | cut -f 1)|" "$here/dist/deb/control" >"$root/DEBIAN/control"
  find "$root" -newermt "@$epoch" -exec touch -h -d "@$epoch" {} +
  SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group -Zzstd -z6 --build "$root" "$work/$deb" >"$work/dpkg" 2>&1 ||
    { cat "$work/dpkg" >&2; die "the package could not be made"; }
}
