#!/usr/bin/env bash
# tools/need.sh PROGRAM...: makes sure that the programs the tests drive are here, from the system's packages.
set -euo pipefail
declare -A package=([chromium]=chromium [node]=nodejs [git]=git)
missing=()
for program in "$@"; do
	command -v "$program" >/dev/null || missing+=("$program")
done
[ ${#missing[@]} -eq 0 ] && exit 0
packages=()
for program in "${missing[@]}"; do packages+=("${package[$program]:-$program}"); done
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	echo "need: installing ${packages[*]}"
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null
else
	echo "need: missing: ${missing[*]}. Install them (Debian: apt-get install ${packages[*]}) and run this again." >&2
	exit 1
fi
