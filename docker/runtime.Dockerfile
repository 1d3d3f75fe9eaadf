# The container of one agent of another runtime than Claude Code: a base system, the tools the runtime itself needs, Node, and the
# runtime's packages under /opt/runtime. Build it with `parley image build --runtime <name>`, which puts the packages into the build context.
#
# BASE_IMAGE may be any glibc image with git, tini, socat and ca-certificates, or with apt to install what is missing.
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE}

USER root
RUN set -eu; \
    missing=""; \
    for tool in git tini socat; do command -v "$tool" >/dev/null || missing="$missing $tool"; done; \
    [ -s /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"; \
    if [ -n "$missing" ]; then \
      command -v apt-get >/dev/null || { echo "The base image lacks$missing and has no apt-get to install them." >&2; exit 1; }; \
      apt-get update; \
      apt-get install -y --no-install-recommends $missing; \
      rm -rf /var/lib/apt/lists/*; \
    fi

# Many language images have a user 1000 of their own; it becomes the agent.
RUN set -eu; \
    taken="$(getent passwd 1000 | cut -d: -f1)"; \
    if [ -n "$taken" ] && [ "$taken" != agent ]; then \
      usermod --login agent --home /home/agent --move-home --shell /bin/bash "$taken"; \
      groupmod --new-name agent "$(getent group 1000 | cut -d: -f1)"; \
    elif [ -z "$taken" ]; then \
      groupadd --gid 1000 agent; \
      useradd --uid 1000 --gid 1000 --create-home --home-dir /home/agent --shell /bin/bash agent; \
    fi; \
    install -d -o 1000 -g 1000 -m 0755 /home/agent /work

COPY agent-entrypoint.sh /usr/local/bin/agent-entrypoint
COPY node /usr/local/bin/node
COPY runtime /opt/runtime
RUN set -eu; for tool in /opt/runtime/bin/*; do ln -sf "$tool" "/usr/local/bin/$(basename "$tool")"; done

ARG RUNTIME_VERSION
LABEL org.opencontainers.image.title="parley-runtime" \
      org.opencontainers.image.version="${RUNTIME_VERSION}"
ENV HOME=/home/agent
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["tini", "--", "/usr/local/bin/agent-entrypoint"]
