#!/bin/sh
# Makes the checkout ready, then becomes the Node it pins, so that signals and the exit status are those of
# the program. The set-up itself runs on the Node that runs npm: the pinned one comes first in npm's PATH,
# and may be missing, half written or made for another processor.
set -eu
scripts=${0%/*}
"${npm_node_execpath:-node}" "$scripts/setup.mjs"
exec "$scripts/../node_modules/.bin/node" "$@"
