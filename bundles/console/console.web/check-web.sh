#!/bin/sh
# Tests the sources of the pages and holds the committed dist/ to them. Needs node 18 or newer and npm.
set -eu
cd "$(dirname "$0")"
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED console.web page tests: node and npm are not installed (apt-get install nodejs npm)."
  exit 0
fi
sum=$(cksum package-lock.json .npmrc)
if [ "$(cat node_modules/.installed-from 2>/dev/null || true)" != "$sum" ]; then
  npm ci --no-audit --no-fund
  echo "$sum" > node_modules/.installed-from
fi
mkdir -p target
npm test --silent > target/web-tests.txt 2>&1 || { cat target/web-tests.txt; exit 1; }
grep -E '^. (tests|pass|fail) ' target/web-tests.txt || true
node build.mjs target/dist
if ! diff -rq dist target/dist; then
  echo "console.web: dist/ is not what web/ builds to. Run 'npm run build' in $(pwd) and commit dist/." >&2
  exit 1
fi
