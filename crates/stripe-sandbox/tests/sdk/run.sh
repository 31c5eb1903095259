#!/bin/sh
# Installs Stripe's own SDKs into the cache and lets both of them judge the built sandbox.
# Usage: run.sh [BINARY]. Exit code 1 when either finds something wrong.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
binary=${1:-$here/../../../../target/debug/stripe-sandbox}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/monthly-packs/sdk
[ $# -gt 0 ] || [ -x "$binary" ] || (cd "$here/../.." && cargo build --quiet)
[ -x "$binary" ] || { echo "run.sh: $binary is missing" >&2; exit 1; }
mkdir -p "$cache/node"

# Each installation is kept until its list of packages changes.
if ! cmp -s "$here/node/package-lock.json" "$cache/node/installed.json"; then
    cp "$here/node/package.json" "$here/node/package-lock.json" "$cache/node/"
    (cd "$cache/node" && npm ci --no-audit --no-fund --silent)
    cp "$here/node/package-lock.json" "$cache/node/installed.json"
fi
if ! cmp -s "$here/python/requirements.txt" "$cache/python/installed.txt"; then
    rm -rf "$cache/python"
    python3 -m venv "$cache/python"
    "$cache/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"
    cp "$here/python/requirements.txt" "$cache/python/installed.txt"
fi
cp "$here/node/scenario.mjs" "$cache/node/"

log=$(mktemp)
stop() {
    [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
    rm -f "$log"
}
trap stop EXIT INT TERM

# A sandbox of its own for each judge, on a free port.
judge() {
    "$binary" --listen 127.0.0.1:0 2>"$log" &
    pid=$!
    base=
    tries=0
    while [ -z "$base" ]; do
        base=$(sed -n 's/.*\(http:\/\/127\.0\.0\.1:[0-9]*\).*/\1/p' "$log" | head -n 1)
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || { cat "$log" >&2; exit 1; }
        sleep 0.05
    done
    if "$@" "$base"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    pid=
}

passed=0
failed=0
judge node "$cache/node/scenario.mjs"
judge "$cache/python/bin/python" "$here/python/scenario.py"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
