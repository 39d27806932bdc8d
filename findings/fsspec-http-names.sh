#!/bin/bash
# fsspec 2022.11.0 (Debian 12): a listing over HTTP loses every entry whose name begins with "http".
#
# Guess: HTTPFileSystem.ls gives all that a listing links to in the folder itself.
# Seen: a link whose text begins with "http" is taken for a whole URL, also when it is relative; since it does not begin with
# the URL of the folder it is dropped without a word. Of httpd.conf, httpd/ and other.conf only other.conf is left, in ls, find
# and glob alike. A server that wants to be read whole has to write the first letter of such a name as %68.
#
# Fetches the package and what it needs from a Debian 12 mirror into a temporary folder, and serves three files with Python's
# http.server. Exits 1 when this changes, 2 where the packages cannot be had.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download python3-fsspec=2022.11.0-1 python3-{aiohttp,aiosignal,async-timeout,attr,charset-normalizer,frozenlist,idna,multidict,yarl} \
  2>/dev/null || exit 2
for package in *.deb; do dpkg-deb -x "$package" packages; done

mkdir -p site/httpd
touch site/httpd.conf site/other.conf site/httpd/inside
python3 -u -m http.server --bind 127.0.0.1 --directory site 0 >port 2>/dev/null &
server=$!
until [[ -s port ]]; do sleep 0.1; done
url=http://127.0.0.1:$(grep -o 'port [0-9]*' port | cut -d' ' -f2)/

seen=$(PYTHONPATH=packages/usr/lib/python3/dist-packages python3 - "$url" <<'END'
import sys, fsspec
files = fsspec.filesystem('http')
names = sorted(name[len(sys.argv[1]):] for name in files.ls(sys.argv[1], detail=False))
print(f'fsspec {fsspec.__version__} lists {names}')
END
)
echo "$seen"
[[ $seen == "fsspec 2022.11.0 lists ['other.conf']" ]]
