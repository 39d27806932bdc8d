#!/bin/bash
# clf-parser 0.0.2 (npm): of Apache's combined log it loses part of a user agent, and makes a referer of none.
#
# Guess: a parser for nginx's and Apache's combined format takes a quote in a value as Apache writes it, \", for a part of the
# value, and gives null for a referer that is "-", as it does for a user of "-".
# Seen: the user agent ends at the backslash of its first quote, without a word that the line was not understood. A referer
# that is absent is the string of three characters "-", with its quotes, while an absent user agent is null. IPv6 addresses,
# a request of "-" (408) and user names with a space are read rightly.
#
# Installs clf-parser from the npm registry into a temporary folder. Exits 1 when this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-save --no-audit --no-fund --silent clf-parser@0.0.2

cat >"$folder/parse.cjs" <<'END'
const parse = require('clf-parser')
const { http_user_agent, http_referer, status } = parse(
  String.raw`192.0.2.1 - - [28/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "say \"hello\" (1.0)"`,
)
console.log(JSON.stringify({ http_user_agent, http_referer, status }))
END
seen=$(cd "$folder" && node parse.cjs)
echo "clf-parser 0.0.2: $seen"
[[ $seen == '{"http_user_agent":"say \\","http_referer":"\"-\"","status":200}' ]]
