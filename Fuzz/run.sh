#!/bin/sh
# Fuzzes every reader of other people's files for some seconds each, two at a time: Fuzz/run.sh [seconds]. A crash, a hang or much memory leaves its input
# under .build/fuzz and ends the script with an error. Seeds are made here; where ../shared/golden is there, its files are seeds too.
set -eu
seconds=${1:-60}
cd "$(dirname "$0")/.."
out=$PWD/.build/fuzz
mkdir -p "$out"
# Without checks of addresses, optimised code would read past the end of a file and nobody would notice.
flags="-O -wmo -parse-as-library -sanitize=fuzzer,address -package-name segplay -swift-version 6 -enable-upcoming-feature ExistentialAny
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility -I $out -I Sources/CFileView/include"
objects=""
compile() {
  module=$1
  shift
  # shellcheck disable=SC2086
  swiftc $flags -module-name "$module" -emit-module -emit-module-path "$out/$module.swiftmodule" -c "$@" -o "$out/$module.o"
  objects="$objects $out/$module.o"
}
clang -O2 -g -fsanitize=fuzzer-no-link,address -I Sources/CFileView/include -c Sources/CFileView/view.c -o "$out/CFileView.o"
objects=$out/CFileView.o
compile SegBase Sources/SegBase/*.swift
compile SegTensor Sources/SegTensor/*.swift
compile SegCheckpoint Sources/SegCheckpoint/*.swift
# Of these modules only the readers, which need no library.
compile SegGraph Sources/SegGraph/*.swift
precision=Sources/SegModels/Precision
compile SegModels Sources/SegModels/*Class*.swift $precision/Calibration.swift $precision/CalibrationTable.swift $precision/CalibrationTable+Reading.swift \
  $precision/RangeRule.swift
compile SegOverlay Sources/SegOverlay/Theme.swift Sources/SegOverlay/Theme+Parsing.swift Sources/SegOverlay/OverlayStyle.swift
# shellcheck disable=SC2086
swiftc $flags -module-name Fuzzer Fuzz/Fuzzer.swift $objects -use-ld=lld -o "$out/Fuzzer"
assemblers="Tests/SegCheckpointTests/PickleAssembler.swift Tests/SegCheckpointTests/ProtobufAssembler.swift Tests/SegCheckpointTests/PaddleAssembler.swift"
# shellcheck disable=SC2086
swiftc -parse-as-library -module-name Seeds -swift-version 6 Fuzz/Seeds.swift $assemblers -o "$out/Seeds"

rm -rf "$out/seeds"
"$out/Seeds" "$out/seeds"
cp Themes/*.theme "$out/seeds/theme"
golden=../shared/golden/containers
if [ -d "$golden" ]; then
  cp "$golden"/*_zip.pth "$out/seeds/torch-zip"
  cp "$golden"/*_legacy.pth "$out/seeds/torch-legacy"
  for kind in safetensors pdparams caffemodel; do cp "$golden"/*.$kind "$out/seeds/$kind"; done
fi

# The toolchain's own report of a crash would hang on reading memory that the address checks guard; the symboliser hangs on a pipe, hence the files.
export out seconds SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=32
# shellcheck disable=SC2012,SC2016
ls "$out/seeds" | xargs -P 2 -n 1 sh -c '
  mkdir -p "$out/corpus-$1"
  if FUZZ_READER=$1 timeout -k 10 $((seconds + 120)) "$out/Fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=256 \
    -max_len=16384 -artifact_prefix="$out/$1-" "$out/corpus-$1" "$out/seeds/$1" >"$out/$1.log" 2>&1
  then echo "$1: $(tail -1 "$out/$1.log")"
  else
    tail -40 "$out/$1.log"
    echo "$1: failed"
    exit 1
  fi' sh
