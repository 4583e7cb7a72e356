#!/usr/bin/env bash
# Runs the commands of a page of docs/ (its indented blocks) as they stand there, in order, in this checkout, and says before each how many seconds went by.
# So a page of measurements can be checked: what it prints is to be what the page says.
#   tests/follow-page.sh docs/few-steps.md [--list]        --list shows the commands and runs none
set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
[[ $# -ge 1 && -f $1 && ${2:---list} == --list ]] || { echo "usage: tests/follow-page.sh docs/PAGE.md [--list]" >&2; exit 2; }
commands=$(sed -n 's/^    //p' "$1")
[[ -n $commands ]] || { echo "$1 has no indented commands" >&2; exit 2; }
(($# == 1)) || { echo "$commands"; exit; }

cd "$root"
PS4='+ $SECONDS s: ' exec bash -exo pipefail -c "$commands"
