#!/bin/bash
# rclone 1.60.1 (Debian 12): its http remote finds a folder with a colon in its name, and loses all that is in it.
#
# Guess: lsf -R and copy of an http remote give what lies in the folder a:b, as of any other.
# Seen: it asks for /./a:b/, gets the listing with status 200, and drops each entry of it without a word, for their URLs begin
# with /a:b/ and not with /./a:b/. The folder itself is listed; a copy leaves it out, and exits 0.
#
# Fetches the package from a Debian 12 mirror into a temporary folder, and serves two files with Python's http.server. Exits 1
# when this changes, 2 where the package cannot be had.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download rclone=1.60.1+dfsg-2+b5 2>/dev/null || exit 2
dpkg-deb -x rclone_*.deb packages

mkdir -p site/a:b site/plain
touch site/a:b/inside site/plain/inside
python3 -u -m http.server --bind 127.0.0.1 --directory site 0 >port 2>asked &
server=$!
until [[ -s port ]]; do sleep 0.1; done
url=http://127.0.0.1:$(grep -o 'port [0-9]*' port | cut -d' ' -f2)/

rclone=packages/usr/bin/rclone
listed=$("$rclone" --config /dev/null lsf -R --http-url "$url" :http: 2>/dev/null | sort | tr '\n' ' ')
echo "$("$rclone" version | head -1) lists: $listed"
grep -o '"GET /\./a:b/ HTTP/1.1" 200' asked
[[ $listed == 'a:b/ plain/ plain/inside ' ]]
