#!/usr/bin/env bash
# Boots a Debian 12 in a container and tries the units as an operator would (docs/install.md): needs root, debootstrap,
# systemd-container and Debian's mirror, so it is no part of ./check.
#
# Usage: units_try.sh BUILD [DIRECTORY]    BUILD: build/release; DIRECTORY: where the Debian lies, made where it is missing
set -euo pipefail
build=$(realpath "$1")
root=${2:-/var/tmp/regdata-units}
source=$(realpath "$(dirname "$0")/../..")
mirror=${MIRROR:-http://deb.debian.org/debian}

if [ ! -x "$root/sbin/init" ]; then
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus bookworm "$root" "$mirror"
  packages=$(ldd "$build/app/regdata" | awk '$3 ~ "^/" { print $3 }' | xargs -n 1 readlink -f | xargs -n 1 dpkg -S 2>/dev/null | cut -d: -f1 | sort -u)
  # shellcheck disable=SC2086
  chroot "$root" sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends $(echo $packages) curl openssl"
fi
rm -rf "$root"/etc/regdata "$root"/var/lib/regdata*
rm -f "$root"/etc/systemd/system/*.wants/regdata-*
DESTDIR=$root cmake --install "$build" --prefix /usr >/dev/null
cp "$source/fixtures/cast.jsonl" "$root/usr/share/regdata/cast.jsonl"
sed 's/@PORT@/0/g' "$source/fixtures/registrar.toml" >"$root/usr/share/regdata/registrar.toml"

# the machine's own filter would take Landlock away from the server
setsid systemd-nspawn --directory="$root" --register=no --keep-unit --boot --capability=all \
  --system-call-filter="landlock_create_ruleset landlock_add_rule landlock_restrict_self" >"$root.log" 2>&1 &
trap 'kill -9 "$machine" 2>/dev/null || true' EXIT
machine=
for _ in $(seq 60); do
  machine=$(pgrep -f "^/usr/lib/systemd/systemd$|^/sbin/init$" -P "$(pgrep -f "systemd-nspawn --directory=$root" | head -n 1)" | head -n 1) || true
  [ -n "$machine" ] && nsenter -t "$machine" -a systemctl is-system-running 2>/dev/null | grep -q -e running -e degraded && break
  sleep 0.5
done

nsenter -t "$machine" -a bash -eux <<'INSIDE'
cd /
systemd-sysusers && systemd-tmpfiles --create
regdata init >/dev/null
cp /usr/share/regdata/registrar.toml /etc/regdata/conf.d/registrar.toml
printf '[http]\ncertificate = "/etc/regdata/tls/chain.pem"\nprivate_key = "/etc/regdata/tls/key.pem"\n' >/etc/regdata/conf.d/web.toml
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /etc/regdata/tls/key.pem -out /etc/regdata/tls/chain.pem \
  -days 2 -subj /CN=rdap.registrar.example 2>/dev/null
chgrp regdata-views /etc/regdata/tls/* && chmod 0640 /etc/regdata/tls/key.pem
if regdata import /usr/share/regdata/cast.jsonl; then exit 1; fi # root is refused
runuser -u regdata -- regdata import /usr/share/regdata/cast.jsonl --label first
systemctl enable --now regdata-worker.service regdata-whois.socket regdata-https.socket regdata-redirect.socket regdata-whois.service
for _ in $(seq 50); do systemctl is-active --quiet regdata-whois.service && break; sleep 0.2; done
journalctl -u regdata-whois --no-pager | grep -q 'confined landlock_abi='
ask() { exec 3<>/dev/tcp/127.0.0.1/43; printf '%s\r\n' "$1" >&3; timeout 10 cat <&3; exec 3>&-; }
ask bluehen.example | grep -q '^Domain Name: bluehen.example'
curl -sk https://127.0.0.1/domain/bluehen.example | grep -q '"ldhName":"bluehen.example"'
curl -sk 'https://[::1]/lookup?name=bluehen.example' | grep -q '<!doctype html>'
curl -si http://127.0.0.1/domain/bluehen.example | grep -q '^Location: https://rdap.registrar.example/domain/bluehen.example'
systemctl reload regdata-whois.service regdata-worker.service
runuser -u regdata -- regdata choice withdraw allpublic.example --element name
ask allpublic.example | grep -q '^Registrant Name: REDACTED'
systemctl kill -s KILL regdata-worker.service regdata-whois.service
for _ in $(seq 100); do systemctl is-active --quiet regdata-whois.service regdata-worker.service && break; sleep 0.2; done
sleep 1
ask bluehen.example | grep -q '^Domain Name: bluehen.example'
INSIDE
nsenter -t "$machine" -a systemctl poweroff || true
echo "units: good"
