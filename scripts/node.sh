#!/bin/sh
# Makes the checkout ready, then becomes the Node it pins, so that signals and the exit status are those of
# the program. The set-up itself runs on the Node that runs npm: a pinned one that npm has put first in PATH
# may be half written, or made for another processor.
#
# Neither a variable nor a signal opens Node's debugger. Until Node holds SIGUSR1 back itself, a few milliseconds after
# the exec, it is ignored, and so is SIGHUP.
set -eu
unset NODE_OPTIONS
node=$("${npm_node_execpath:-node}" "${0%/*}/setup.mjs")
# Where Node keeps what it has compiled: the next start takes half the time. Where it cannot write, it does without.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE-${0%/*}/../node_modules/.cache/node}"
trap '' HUP USR1
exec "$node" --disable-sigusr1 "$@"
