#!/bin/sh
# Removes what install.sh has installed. The configuration, the logs and what is served stay, unless --purge is given:
# it leaves only pages that somebody has made or edited, and the system user.
#
# Usage: uninstall.sh [--dry-run] [--purge] [--prefix FOLDER]; below another root when DESTDIR names one
set -eu

prefix=/usr/local
dry_run=no
purge=no
destdir=${DESTDIR:-}

main() {
    parse_options "$@"
    own=$destdir$prefix/share/webserver
    if [ -e "$own/installed" ]; then
        [ -n "$destdir" ] || [ ! -d /run/systemd/system ] || stop
        while read -r file; do run rm -f "$destdir$file"; done <"$own/installed"
        run rm -f "$own/installed" "$own/webserver.conf"
        doc=$destdir$prefix/share/doc/webserver
        run rmdir "$own/www" "$own" "$doc/examples/front-ends" "$doc/examples" "$doc"
        [ -n "$destdir" ] || [ ! -d /run/systemd/system ] || run systemctl daemon-reload
    else
        say "Nothing is installed in $destdir$prefix"
    fi
    [ "$purge" = no ] || purge
}

parse_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --dry-run) dry_run=yes ;;
        --purge) purge=yes ;;
        --prefix)
            [ $# -gt 1 ] || usage
            prefix=${2%/}
            shift
            ;;
        *) usage ;;
        esac
        shift
    done
    [ "$dry_run" = yes ] || [ -n "$destdir" ] || [ "$(id -u)" = 0 ] ||
        fail "Expected root: run it with sudo, or with --dry-run to see what it would do"
}

stop() {
    # The sockets first: they would start it again.
    for unit in webserver.socket webserver-control.socket webserver.service webserver.target; do
        run systemctl disable --quiet --now "$unit"
    done
    # With all instances.
    run systemctl stop 'webserver@*.socket' 'webserver@*.service'
    run systemctl disable --quiet webserver@.socket webserver@.service
}

purge() {
    first_pages=$destdir/var/lib/webserver/first-pages
    [ ! -e "$first_pages" ] || run env DESTDIR="$destdir" sh "$first_pages" remove
    run rm -rf "$destdir/etc/webserver" "$destdir/var/log/webserver" "$destdir/run/webserver"
    say "The user webserver stays, so that nobody else gets its number and with it its files; to remove it: userdel webserver"
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
    echo "Usage: uninstall.sh [--dry-run] [--purge] [--prefix FOLDER]" >&2
    exit 2
}

main "$@"
