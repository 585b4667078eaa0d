#!/usr/bin/env bash
# Usage: packaging_test.sh REGDATA PACKAGING-DIRECTORY
set -euo pipefail
regdata=$1
packaging=$2

fail() {
  echo "error: $*" >&2
  exit 1
}
for tool in systemd-analyze scdoc bash; do
  command -v "$tool" >/dev/null || fail "$tool is missing; packaging/install-dependencies check installs it"
done
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# Promise P16: exposure at most 2.0 (--threshold counts tenths).
for unit in regdata-worker regdata-whois; do
  systemd-analyze security --offline=true --threshold=20 --no-pager "$packaging/systemd/$unit.service" >"$place/$unit" ||
    {
      cat "$place/$unit" >&2
      fail "$unit.service is exposed by more than 2.0"
    }
  tail -n 1 "$place/$unit"
done
# Two users, and the server's unit cannot see the store.
grep -qx 'User=regdata' "$packaging/systemd/regdata-worker.service" || fail "the worker's user"
grep -qx 'User=regdata-whois' "$packaging/systemd/regdata-whois.service" || fail "the server's user"
grep -q '^InaccessiblePaths=.*/var/lib/regdata' "$packaging/systemd/regdata-whois.service" || fail "the server sees the store"
grep -qx 'ListenStream=\[::\]:43' "$packaging/systemd/regdata-whois.socket" || fail "IPv6"
grep -qx 'ListenStream=0.0.0.0:43' "$packaging/systemd/regdata-whois.socket" || fail "IPv4"

# Sockets that systemd itself finds right, each under the name by which the server knows what it is for.
for name in https redirect; do
  grep -qx "FileDescriptorName=$name" "$packaging/systemd/regdata-$name.socket" || fail "the name of $name"
  grep -qx 'Service=regdata-whois.service' "$packaging/systemd/regdata-$name.socket" || fail "the service of $name"
done

for page in "$packaging"/man/*.scd; do
  scdoc <"$page" >"$place/page" || fail "$page"
  [ -s "$place/page" ] || fail "$page is empty"
done
# Every verb stands in the manual page.
for verb in import lookup explain 'choice add' 'choice withdraw' 'policy check' 'policy diff' init run serve publish 'config check' \
  'db migrate' 'db backup' doctor selftest; do
  grep -q "^\*$verb\*\|, \*$verb\*" "$packaging/man/regdata.8.scd" || fail "regdata(8) says nothing of $verb"
done

"$regdata" completion bash >"$place/completion"
bash -n "$place/completion"
complete_line() { # words typed so far, the last one unfinished
  bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _regdata; printf "%s\n" "${COMPREPLY[@]}"' _ "$place/completion" "$@"
}
complete_line regdata ex | grep -qx explain || fail "regdata ex<TAB>"
complete_line regdata choice wi | grep -qx withdraw || fail "regdata choice wi<TAB>"
complete_line regdata choice withdraw --el | grep -qx -- --element || fail "regdata choice withdraw --el<TAB>"
complete_line regdata --config x policy d | grep -qx diff || fail "regdata --config x policy d<TAB>"
echo "units, pages and completion are good"
