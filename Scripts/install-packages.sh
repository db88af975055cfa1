#!/usr/bin/env bash
# Installs the system packages that segplay builds against and that are not there yet, with sudo where the user is not root.
set -euo pipefail
packages=(libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libavdevice-dev libncurses-dev libdnnl-dev pkg-config ncurses-term)

command -v dpkg-query >/dev/null || { echo "install-packages: not a Debian system; please install the equivalents of: ${packages[*]}" >&2; exit 0; }
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install-packages: not root and no sudo; please install: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
