#!/bin/sh
# Fuzzes every reader of hostile files for some seconds each: Fuzz/run.sh [seconds]. Seeds come from ../shared/golden where it is there.
# A crash leaves its input under .build/fuzz and ends the script with its error.
set -eu
seconds=${1:-30}
cd "$(dirname "$0")/.."
out=$PWD/.build/fuzz
mkdir -p "$out"
flags="-O -wmo -parse-as-library -sanitize=fuzzer -package-name segplay -swift-version 6 -enable-upcoming-feature ExistentialAny
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility -I $out"
objects=""
for module in SegBase SegTensor SegCheckpoint; do
  # shellcheck disable=SC2086
  swiftc $flags -module-name "$module" -emit-module -emit-module-path "$out/$module.swiftmodule" -c Sources/$module/*.swift -o "$out/$module.o"
  objects="$objects $out/$module.o"
done
seeds=../shared/golden/containers
for target in Fuzz/*Fuzzer.swift; do
  name=$(basename "$target" .swift)
  # shellcheck disable=SC2086
  swiftc $flags -module-name "$name" "$target" $objects -o "$out/$name"
  mkdir -p "$out/corpus-$name"
  set -- "$out/corpus-$name"
  if [ "$name" = CheckpointFuzzer ] && [ -d $seeds ]; then set -- "$@" $seeds; fi
  echo "$name: $seconds s"
  # The symboliser hangs on a pipe, so the output goes to a file.
  if ! timeout -k 10 $((seconds + 60)) "$out/$name" -max_total_time="$seconds" -rss_limit_mb=1024 -malloc_limit_mb=512 -max_len=16384 \
    -artifact_prefix="$out/" "$@" >"$out/$name.log" 2>&1; then
    tail -40 "$out/$name.log"
    exit 1
  fi
  tail -1 "$out/$name.log"
done
