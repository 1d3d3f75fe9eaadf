#!/bin/sh
# Runs as a child of tini. Where the router mounted its folder, forwards 127.0.0.1:3128 to the socket in it, then becomes
# the program given as arguments. The folder decides, not the socket: a router that restarts makes a new socket, and
# each connection looks it up again. Standard input and output belong to the program alone.
set -eu
folder=/run/parley
port=3128
listening=' 0100007F:0C38 00000000:0000 0A '

if [ -d "$folder" ]; then
  # In a subshell, so that tini and not the program inherits it.
  (socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" "UNIX-CONNECT:$folder/proxy.sock" </dev/null >/dev/null &)
  tries=0
  until grep -q "$listening" /proc/net/tcp; do
    tries=$((tries + 1))
    if [ "$tries" -gt 250 ]; then
      echo "agent-entrypoint: nothing listens on 127.0.0.1:$port after 5 s, so the agent could not reach the router; not started" >&2
      exit 1
    fi
    sleep 0.02
  done
fi

exec "$@"
