#!/bin/sh
# Installs what the whole test suite needs beside Python: Debian's own packages, nothing else.
# Does nothing where everything is there already. What only `make bench` uses is left to whoever measures:
# apt-get install wrk brings the load, and caddy is a peer; it says so itself.
set -eu
missing=""
need() { # command-or-file package
  command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing="$missing $2"
}
need chromium chromium
need /usr/lib/postgresql postgresql
need redis-server redis-server
need /usr/sbin/nginx nginx-light
need /usr/sbin/haproxy haproxy
need bwrap bubblewrap
need node nodejs
need npm npm
need jq jq
if [ -z "$missing" ]; then
  echo "Nothing to install: chromium, postgresql, redis, nginx, haproxy, bubblewrap, node and jq are there."
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Not a Debian system; install by hand:$missing" >&2
  exit 1
fi
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing
