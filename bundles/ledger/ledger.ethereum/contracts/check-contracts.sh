#!/bin/sh
# Brings what npm has to bring and tests the contracts. `check-contracts.sh install` only brings it (a development node, for other
# tests). Needs node 18 or newer and npm.
set -eu
cd "$(dirname "$0")"
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED tests of the contracts: node and npm are not installed (apt-get install nodejs npm)."
  exit 0
fi
mkdir -p target
# Several test classes may come at once.
exec 9>target/lock
if command -v flock >/dev/null; then flock 9; fi
sum=$(cksum package-lock.json .npmrc)
if [ "$(cat node_modules/.installed-from 2>/dev/null || true)" != "$sum" ]; then
  npm ci --no-audit --no-fund
  echo "$sum" > node_modules/.installed-from
fi
exec 9>&-
if [ "${1:-test}" = test ]; then
  npm test --silent
fi
