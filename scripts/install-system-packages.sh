#!/bin/bash
# Installs the Debian packages that the tests in test/system use, or those that `npm run bench` uses; does nothing
# when they are all there.
#
# Usage: install-system-packages.sh test|bench
set -euo pipefail

test_packages=(
  apache2-bin       # its answers and log lines are what ours are held against
  apache2-utils     # ab, a client
  aria2             # a client that splits a download over many connections
  bindfs            # a file system that can be made to hang
  binutils          # strip and readelf, to make packages
  busybox           # its wget is a client that encodes nothing
  caddy             # a balancer before us
  certbot           # gets certificates
  chromium          # a client with a person before it
  curl              # a client
  dbus              # systemctl and systemd speak by it
  e2fsprogs         # makes a file system that gets full
  dpkg-dev          # says what packages a binary needs
  elinks            # a client that encodes nothing
  fail2ban          # reads our logs
  git               # a client of repositories
  goaccess          # reads our logs
  haproxy           # a balancer before us, which says who its clients are
  httpdirfs         # a client that mounts listings
  iproute2          # makes networks between namespaces
  libatomic1        # our own package needs it
  lftp              # a client that mirrors listings
  libwww-perl       # a client that asks for ranges
  lintian           # says what is wrong with a Debian package
  man-db            # formats and indexes manual pages as a Debian system does
  mandoc            # says what is wrong with a manual page
  mercurial         # a client of repositories
  nftables          # keeps out whom fail2ban bans
  nghttp2-client    # h2load, a client that asks for much
  nginx-light       # its answers are what ours are held against
  openssl           # a client of every version of TLS
  pebble            # gives certificates
  perl              # HTTP::Tiny, a client that encodes nothing
  python3-aiohttp   # a client, with which fsspec reads listings
  python3-fsspec    # a client that reads listings
  python3-gdal      # a client that reads listings
  python3-httpx     # a client that asks for ranges
  python3-requests  # a client that asks for ranges
  python3-zarr      # a client of arrays in chunks
  rclone            # a client that copies listings
  shellcheck        # says what is wrong with a shell script
  slowhttptest      # attacks as slowly as it can
  sslscan           # looks for what is weak in TLS
  squid             # a cache before us, which asks in its own way whether a file has changed
  systemd-container # systemd-nspawn boots a systemd of its own to try the units on
  systemd-sysv      # systemd as the init that it boots
  varnish           # a cache before us, which takes files apart itself
  wget              # a client that mirrors
  wget2             # a client that mirrors
)
bench_packages=(
  apache2-bin # a server
  caddy       # a server
  chromium    # a client with a person before it
  gcc         # compiles the clients, and the floor
  libc6-dev
  lighttpd    # a server
  nginx-light # a server
  openssl     # a client that shakes hands, and who makes certificates
  python3     # a server
  util-linux  # taskset, for a processor each
  wrk         # a client that everybody knows
)

case ${1-} in
  test) packages=("${test_packages[@]}") ;;
  bench) packages=("${bench_packages[@]}") ;;
  *)
    echo "Expected test or bench, got \"${1-}\"" >&2
    exit 2
    ;;
esac

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

if ((EUID != 0)); then
  echo "Expected root, to install ${missing[*]}: run as root, or run apt-get install ${missing[*]} yourself" >&2
  exit 1
fi
# The servers among them are to be started by who measures them, not as services of this machine.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}"
