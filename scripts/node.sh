#!/bin/sh
# Makes the checkout ready, then becomes the Node it pins, so that signals and the exit status are those of
# the program. The set-up itself runs on the Node that runs npm: a pinned one that npm has put first in PATH
# may be half written, or made for another processor.
set -eu
node=$("${npm_node_execpath:-node}" "${0%/*}/setup.mjs")
exec "$node" "$@"
