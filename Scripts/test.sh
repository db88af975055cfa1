#!/usr/bin/env bash
# Runs the tests with the given options of `swift test`, and says again at the end what failed: the output is thousands of lines long.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
${SWIFT:-swift} test "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
  echo "== What failed"
  grep -a -E -A 4 'recorded an issue|error: |Fatal error|unexpected signal|^== ' "$log" | grep -a -v -E '◇|✔' | tail -n 60 | cut -c -600
fi
exit "$status"
