# Sourced by the tests of packages: machines to install into, and what is said of them.
# A machine is a Debian 12 that systemd-nspawn boots: a directory of its own over one that
# they share, no network, the packages of Debian that it may install in apt's cache.

failures=0
got='' # what the last command said

fail() {
  failures=$((failures + 1))
  echo "FAIL: $1: $2" >&2
}

# equal WHAT GOT WANT
equal() { [ "$2" = "$3" ] || fail "$1" "got $(printf %q "$2"), want $(printf %q "$3")"; }

# says WHAT WORDS: the last command's answer has the words.
says() { [[ $got == *"$2"* ]] || fail "$1" "got $(printf %q "$got"), want $(printf %q "$2") in it"; }

# must WHAT COMMAND…: the command works, or nothing that follows has a meaning; its answer is in got.
must() {
  local what=$1
  shift
  got=$("$@" 2>&1) || { fail "$what" "$* failed: $got"; exit 1; }
}

# refused WHAT COMMAND…
refused() {
  local what=$1
  shift
  got=$("$@" 2>&1) && fail "$what" "$* was done: $got"
  return 0
}

# debian DIR makes a Debian 12, or takes the one in DEBIAN_ROOT.
debian() {
  if [ -n "${DEBIAN_ROOT:-}" ]; then
    ln -s "$DEBIAN_ROOT" "$1"
  else
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus bookworm "$1" > "$1.log" 2>&1 || { tail "$1.log" >&2; return 1; }
  fi
}

# layer NAME LOWER: NAME/root is LOWER with changes of its own in NAME/upper.
layer() {
  mkdir -p "$work/$1"/{upper,work,root}
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$work/$1/upper,workdir=$work/$1/work" "$work/$1/root"
}

# seed: what machines are over has what they may install, downloaded.
seed() {
  debian "$work/debian"
  layer seed "$work/debian"
  local root=$work/seed/root
  rm -f "$root/etc/resolv.conf"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  : > "$root/etc/machine-id" # each has its own
  chroot "$root" apt-get update -q > "$work/seed.log" 2>&1
  chroot "$root" apt-get install -q -y --download-only --no-install-recommends \
    ca-certificates keepalived nftables lvm2 e2fsprogs fdisk postgresql >> "$work/seed.log" 2>&1
  umount "$root" # nothing changes below a layer in use
}

# machine NAME makes one and boots it. It is what `in_` works on.
machine() {
  name=$1
  layer "$name" "$work/seed/upper:$(readlink -f "$work/debian")"
  mkdir "$work/$name/root/packages"
  boot
}

# boot starts the machine: in a control group of its own, or two of them would share one.
boot() {
  setsid bash -c '
    for dir in /sys/fs/cgroup /sys/fs/cgroup/*/; do
      [ ! -e "$dir/cgroup.procs" ] || { mkdir -p "$dir/$1" && echo $$ > "$dir/$1/cgroup.procs"; }
    done
    exec systemd-nspawn --quiet --boot --register=no --keep-unit --private-network --resolv-conf=off \
      --timezone=off --link-journal=no --machine="$1" --directory="$2"' \
    boot "packages-$$-$name" "$work/$name/root" < /dev/null > "$work/$name/console" 2>&1 &
  nspawn=$!
  machines+=("$nspawn")
  init='' state=''
  for _ in {1..300}; do
    init=$(pgrep --parent "$nspawn" || true)
    [ -n "$init" ] && state=$(in_ systemctl is-system-running 2> /dev/null || true) && case $state in running | degraded) break ;; esac
    sleep 0.1
  done
  equal "$name boots" "$state" running
}

# halt stops the machine as a reboot would.
halt() {
  kill "$nspawn"
  wait "$nspawn" || true
}

# in_ runs a command in the machine.
in_() {
  nsenter --target "$init" --mount --uts --ipc --net --pid -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# put DIR copies the packages of a version into the machine, as tournant.deb and tournant-ha.deb.
put() {
  cp "$1"/tournant_*.deb "$work/$name/root/packages/tournant.deb"
  cp "$1"/tournant-ha_*.deb "$work/$name/root/packages/tournant-ha.deb"
}

# old NAME makes a package of that name, as the original's.
old() {
  mkdir -p "$work/$1/DEBIAN"
  printf 'Package: %s\nVersion: 12.19.31\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: the original\n' "$1" > "$work/$1/DEBIAN/control"
  dpkg-deb -b "$work/$1" "$work/$name/root/packages/$1.deb" > /dev/null
}

apt() { in_ sh -c 'cd /packages && apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@"' apt "$@"; }
sh_() { in_ sh -c "$1"; }

# service UNIT: enabled or not, and active or not.
service() { echo "$(in_ systemctl is-enabled "$1" 2> /dev/null || true) $(in_ systemctl is-active "$1" || true)"; }

# running NAME: how many processes of the machine have that name.
running() { in_ sh -c 'cat /proc/[0-9]*/comm 2> /dev/null | grep -c "$1"' sh "$1" || true; }

cleanup() {
  local process dir
  # A machine that halts stops what nsenter began, and nsenter stops with it for good.
  for process in "${loads[@]}"; do kill -KILL $(pgrep --parent "$process") "$process" 2> /dev/null; done
  for process in "${machines[@]}" "$making"; do kill "$process" 2> /dev/null && wait "$process"; done
  for dir in "$work"/*/root; do ! mountpoint -q "$dir" || umount "$dir"; done
  find /sys/fs/cgroup -depth -type d -path "*/packages-$$-*" -exec rmdir {} +
  rm -rf "$work"
}
