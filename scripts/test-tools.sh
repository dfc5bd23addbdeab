#!/bin/sh
# Puts the programs that the tests drive into test/.tools (kubectl and etcd of Debian) or on the system (mosquitto_sub).
# Only as root and only where apt is there; without them the tests that need them are counted as skipped.
set -u
cd "$(dirname "$0")/.." || exit 1
tools=test/.tools
mkdir -p "$tools"
command -v apt-get >/dev/null 2>&1 || exit 0
[ "$(id -u)" = 0 ] || exit 0

updated=
update() {
  [ -n "$updated" ] || apt-get update -qq >/dev/null 2>&1
  updated=yes
}

# Unpacked beside the checkout, not installed: the system may have a kubectl of another version.
if [ ! -x "$tools/kubectl-1.20/usr/bin/kubectl" ]; then
  update
  rm -rf "$tools/download" && mkdir -p "$tools/download"
  (cd "$tools/download" && apt-get download -qq kubernetes-client >/dev/null 2>&1 && dpkg-deb -x kubernetes-client_*.deb ../kubectl-1.20)
  rm -rf "$tools/download"
fi
# Only the program: the package would also start one as a service.
if ! command -v etcd >/dev/null 2>&1; then
  update
  mkdir -p "$tools/download"
  (cd "$tools/download" && apt-get download -qq etcd-server >/dev/null 2>&1 && dpkg-deb -x etcd-server_*.deb ../etcd)
  rm -rf "$tools/download"
fi
if ! command -v mosquitto_sub >/dev/null 2>&1; then
  update
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq mosquitto-clients >/dev/null 2>&1
fi
# Containers: podman with a runtime, network and images of its own for each test (test/support/podman-world.ts).
for package in podman runc crun conmon netavark aardvark-dns catatonit busybox-static docker-registry iptables nftables uidmap; do
  dpkg -s "$package" >/dev/null 2>&1 || wanted="${wanted:-} $package"
done
if [ -n "${wanted:-}" ]; then
  update
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1
fi
# A board of its own (test/support/board-machine.ts): an emulator, and a kernel that is only unpacked.
if [ "${1:-}" = --nightly ] && [ "$(uname -m)" = x86_64 ]; then
  if ! command -v qemu-system-x86_64 >/dev/null 2>&1; then
    update
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends qemu-system-x86 >/dev/null 2>&1
  fi
  if [ ! -d "$tools/kernel/boot" ]; then
    update
    mkdir -p "$tools/download"
    image=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -1)
    (cd "$tools/download" && apt-get download -qq "$image" >/dev/null 2>&1 && dpkg-deb -x linux-image-*.deb ../kernel)
    rm -rf "$tools/download"
  fi
fi
exit 0
