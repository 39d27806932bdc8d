#!/bin/sh
# Installs webserver from the unpacked archive that this file is in, on any Linux with glibc. Run it again to repair an
# installation, or from a newer archive to upgrade it: an edited configuration stays.
#
# Usage: install.sh [--dry-run] [--prefix FOLDER]; below another root, and without starting it, when DESTDIR names one
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=/usr/local
dry_run=no
destdir=${DESTDIR:-}

main() {
    parse_options "$@"
    check_machine
    # Where systemd looks for the units of a local installation, whatever the prefix.
    units=$prefix/lib/systemd/system
    [ "$prefix" = /usr ] || [ "$prefix" = /usr/local ] || units=/etc/systemd/system

    installed=$destdir$prefix/share/webserver/installed
    # Not when an older version was there: an empty folder is then what the administrator wants.
    place_pages=yes
    [ ! -e "$installed" ] || place_pages=no
    install_files
    install_configuration
    [ "$place_pages" = no ] || run env DESTDIR="$destdir" "$here/files/usr/share/webserver/first-pages" place
    [ "$dry_run" = yes ] || list_targets >"$installed"

    if [ -n "$destdir" ]; then
        say "Installed below $destdir"
    else
        make_user
        start
    fi
}

parse_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --dry-run) dry_run=yes ;;
        --prefix)
            [ $# -gt 1 ] || usage
            prefix=${2%/}
            shift
            ;;
        *) usage ;;
        esac
        shift
    done
    case $prefix in
    /*) ;;
    *) fail "Expected a folder from the root, such as --prefix /opt/webserver, got \"$prefix\"" ;;
    esac
}

check_machine() {
    [ -x "$here/files/usr/sbin/webserver" ] ||
        fail "Expected the files to install in $here/files: run this in the unpacked archive"
    [ -n "$destdir" ] || "$here/files/usr/sbin/webserver" --version >/dev/null ||
        fail "The server does not run here: it is for the processor in the archive's name, and needs glibc, libstdc++ and libatomic"
    [ "$dry_run" = yes ] || [ -n "$destdir" ] || [ "$(id -u)" = 0 ] ||
        fail "Expected root: run it with sudo, or with --dry-run to see what it would do"
    [ ! -e /var/lib/dpkg/info/webserver.list ] || [ -n "$destdir" ] ||
        fail "webserver is installed as a Debian package: apt-get purge webserver, or upgrade that"
}

# Where each file goes, for uninstall.sh.
list_targets() {
    list_files | sed "s|^|$prefix/|; s|^$prefix/lib/systemd/system|$units|"
}

# By their paths below the prefix.
list_files() {
    (cd "$here/files/usr" && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort)
}

install_files() {
    list_files | while read -r file; do
        case $file in
        lib/systemd/system/*) install_file "$file" "$destdir$units/${file##*/}" ;;
        *) install_file "$file" "$destdir$prefix/$file" ;;
        esac
    done
}

# One that the programs run from cannot be written to, but replaced.
install_file() {
    run mkdir -p "${2%/*}"
    case $1 in
    lib/systemd/system/* | share/doc/webserver/examples/*) run copy_with_prefix "$here/files/usr/$1" "$2.new" ;;
    *) run cp -P "$here/files/usr/$1" "$2.new" ;;
    esac
    run mv -f "$2.new" "$2"
}

# For files that name the programs.
copy_with_prefix() {
    sed "s|/usr/\(s\{0,1\}bin/webserver\)|$prefix/\1|g" "$1" >"$2"
}

# One that has been edited stays; what is new stands beside it.
install_configuration() {
    new=$here/files/etc/webserver/webserver.conf
    edited=$destdir/etc/webserver/webserver.conf
    pristine=$destdir$prefix/share/webserver/webserver.conf
    run mkdir -p "$destdir/etc/webserver/conf.d"
    if [ ! -e "$edited" ] || cmp -s "$edited" "$pristine"; then
        run cp "$new" "$edited"
    elif ! cmp -s "$new" "$pristine" && ! cmp -s "$new" "$edited"; then
        run cp "$new" "$edited.new"
        say "$edited stays as it is; the new one is $edited.new"
    fi
    run cp "$new" "$pristine"
}

make_user() {
    if command -v systemd-sysusers >/dev/null; then
        run systemd-sysusers "$prefix/lib/sysusers.d/webserver.conf"
    elif ! id webserver >/dev/null 2>&1; then
        run useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin webserver
    fi
}

start() {
    if [ -d /run/systemd/system ]; then
        run systemctl daemon-reload
        instances=$(systemctl list-units --plain --no-legend --state=active 'webserver@*.service' | cut -d ' ' -f 1)
        # One after the other, so that no request is lost.
        for unit in $instances; do
            run systemctl restart "$unit" || fail "$unit does not start: systemctl status $unit"
        done
        # They have its port.
        [ -z "$instances" ] || return 0
        run systemctl enable --quiet webserver
        if run systemctl restart webserver; then
            [ "$dry_run" = yes ] || say "webserver runs: webserverctl status"
        else
            fail "webserver is installed, but does not start: systemctl status webserver
When another server has its port, choose one with Listen in /etc/webserver/webserver.conf"
        fi
    else
        cat <<TEXT
There is no systemd here. Have your init system do this at each start, as root:
  install -d -o webserver -g webserver /run/webserver /var/log/webserver
  setpriv --reuid=webserver --regid=webserver --init-groups --no-new-privs \\
    --inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service --bounding-set=-all,+net_bind_service \\
    $prefix/sbin/webserver
TEXT
    fi
}

# Does what it is given, or says so when that is all that is wanted.
run() {
    if [ "$dry_run" = yes ]; then say "$*"; else "$@"; fi
}

say() {
    echo "$*"
}

fail() {
    echo "$*" >&2
    exit 1
}

usage() {
    echo "Usage: install.sh [--dry-run] [--prefix FOLDER]" >&2
    exit 2
}

main "$@"
