#!/bin/sh
# Builds and tests SegRuntime against oneDNN 3 from PyPI, beside the distribution's oneDNN 2 that the package usually links.
# Usage: Scripts/check-onednn3.sh [PACKAGE]      PACKAGE: the folder of Package.swift; this repository by default.
set -eu

version=2023.2.0
package=${1:-$(dirname "$0")/..}
cd "$package"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "onednn-cpu-gomp==$version" "onednn-devel-cpu-gomp==$version"
headers=$(dirname "$(find "$folder/venv" -name dnnl.h -not -path '*oneapi*' | head -n 1)")
library=$(dirname "$(find "$folder/venv" -name 'libdnnl.so*' | head -n 1)")
if [ ! -e "$library/libdnnl.so" ]; then ln -s "$(basename "$(find "$library" -name 'libdnnl.so.*' | head -n 1)")" "$library/libdnnl.so"; fi

# FFmpeg's package description names the folder with the distribution's oneDNN, and the first folder wins.
printf 'prefix=\nName: libavformat\nDescription: with another folder first\nVersion: %s\nLibs: -L%s %s\nCflags: %s\n' \
  "$(pkg-config --modversion libavformat)" "$library" "$(pkg-config --libs libavformat)" "$(pkg-config --cflags libavformat)" >"$folder/libavformat.pc"
export PKG_CONFIG_PATH="$folder"
export LD_LIBRARY_PATH="$library${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
swift test -c release --scratch-path "$folder/build" -Xcc "-I$headers" -Xswiftc "-L$library" --filter SegRuntimeTests

# A library found elsewhere would make this check say nothing.
ldd "$folder"/build/release/*PackageTests.xctest | grep 'libdnnl\.so\.3'
