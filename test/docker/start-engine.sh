#!/usr/bin/env bash
# Starts a Docker engine by hand where no service manager does it (CI machines, virtual machines without systemd).
# Idempotent: an engine that answers is left alone. Prints what it does; ends with 0 only when the engine answers.
#
#   ENGINE_LOG        log of the engine                     default /var/log/dockerd.log
#   ENGINE_TIMEOUT_S  wait this long for the engine         default 60
#   ENGINE_DRIVERS    storage drivers, tried in this order  default "overlay2 vfs"
set -u
log=${ENGINE_LOG:-/var/log/dockerd.log}
timeout_s=${ENGINE_TIMEOUT_S:-60}
drivers=${ENGINE_DRIVERS:-overlay2 vfs}
export DOCKER_HOST=unix:///var/run/docker.sock

say() { printf 'start-engine: %s\n' "$1"; }
fail() { printf 'start-engine: %s\n' "$1" >&2; exit 1; }
answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

report() {
  docker info --format 'engine {{.ServerVersion}}, storage {{.Driver}}, cgroup v{{.CgroupVersion}}, data in {{.DockerRootDir}}' 2>/dev/null |
    sed 's/^/start-engine: /'
}

check_machine() {
  command -v docker >/dev/null || fail "no docker client here. Install it: apt-get update && apt-get install -y docker.io"
  if answers; then say "an engine is running already"; report; exit 0; fi
  command -v dockerd >/dev/null || fail "no dockerd here. Install it: apt-get update && apt-get install -y docker.io"
  [ "$(id -u)" = 0 ] || fail "the engine does not answer and only root can start it. Run this with sudo, or start Docker yourself."
}

# A killed engine leaves pid files; the next one takes a number in use again, or a dead process nobody waited for (it has
# no command line any more), for a running engine and gives up.
forget_dead() {
  local name=$1 pid_file=$2
  [ -f "$pid_file" ] || return 0
  grep -qa "$name" "/proc/$(cat "$pid_file")/cmdline" 2>/dev/null && return 0
  say "removing the pid file of a $name that is gone"
  rm -f "$pid_file"
}

mount_cgroups() {
  mountpoint -q /sys/fs/cgroup && return 0
  command -v cgroupfs-mount >/dev/null || fail "/sys/fs/cgroup is not mounted and cgroupfs-mount is missing. Install it with apt-get."
  say "mounting cgroups"
  cgroupfs-mount || fail "cgroups cannot be mounted: this machine cannot run containers."
}

# 0 when the engine answers, 1 when it ended or did not answer in time.
start_with() {
  say "starting: dockerd --host=$DOCKER_HOST --storage-driver=$1 (log: $log)"
  setsid dockerd --host="$DOCKER_HOST" --storage-driver="$1" --log-level=warn >"$log" 2>&1 </dev/null &
  local engine=$! waited=0
  while [ "$waited" -lt $((timeout_s * 5)) ]; do
    answers && return 0
    kill -0 "$engine" 2>/dev/null || { say "dockerd ended:"; tail -n 5 "$log" >&2; return 1; }
    sleep 0.2
    waited=$((waited + 1))
  done
  say "no answer in ${timeout_s} s, stopping it:"
  tail -n 5 "$log" >&2
  kill "$engine" 2>/dev/null
  wait "$engine" 2>/dev/null
  return 1
}

check_machine
forget_dead dockerd /var/run/docker.pid
forget_dead containerd /var/run/docker/containerd/containerd.pid
mount_cgroups
for driver in $drivers; do
  if start_with "$driver"; then report; exit 0; fi
  # Another driver has other images, so it is tried only where this one cannot work.
  grep -q graphdriver "$log" || fail "the engine did not start, and not for its storage driver. The whole log: $log"
done
fail "no engine with any of: $drivers. The last log is in $log; without Docker, agents run with PARLEY_SANDBOX=process."
