#!/bin/bash
# alpine 0.2.1 (npm, a parser for Apache's logs): a user name with a space ends the reading of the log.
#
# Guess: since %u is not quoted in Apache's formats, a name with a space, which Basic authentication allows and Apache logs as
# it is, gives wrong fields, but a record.
# Seen: parseLine throws "Time field is not enclosed in brackets", an error about a time that is as it should be; whoever
# does not catch it loses the rest of the log. The name "" of an empty user is taken with its quotes.
#
# Installs alpine from the npm registry into a temporary folder. Exits 1 when this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-save --no-audit --no-fund --silent alpine@0.2.1

cat >"$folder/parse.cjs" <<'END'
const Alpine = require('alpine')
const parser = new Alpine(Alpine.LOGFORMATS.COMBINED)
for (const user of ['jane', 'jane doe', '""']) {
  try {
    const line = `192.0.2.1 - ${user} [28/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8.5.0"`
    console.log(`${user}: ${JSON.stringify(parser.parseLine(line).remoteUser)}`)
  } catch (error) {
    console.log(`${user}: ${error.message}`)
  }
}
END
seen=$(cd "$folder" && node parse.cjs)
echo "alpine 0.2.1:"
echo "$seen"
[[ $seen == $'jane: "jane"\njane doe: Time field is not enclosed in brackets\n"": "\\"\\""' ]]
