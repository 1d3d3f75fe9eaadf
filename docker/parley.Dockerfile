# Parley itself. Build it from the repository's root:
#   docker build -f docker/parley.Dockerfile -t parley .
#
# BASE_IMAGE may be any glibc image with Node 20.19 or newer and npm. A tag moves; name it by digest (node:22-bookworm-slim@sha256:…) to build the same again.
ARG BASE_IMAGE=node:22-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY adapters/claude-code/no-binary adapters/claude-code/no-binary
# The build runs below, once the sources are there.
RUN npm ci --ignore-scripts
COPY . .
# The Claude Agent SDK is no dependency of the package, which fetches it when it is needed; here it comes along.
RUN npm run build && mv node_modules/@anthropic-ai/claude-agent-sdk /sdk && npm prune --omit=dev --ignore-scripts && rm -rf test \
  && mkdir -p node_modules/@anthropic-ai && mv /sdk node_modules/@anthropic-ai/claude-agent-sdk

FROM ${BASE_IMAGE}
WORKDIR /app
COPY --from=build /app/package.json /app/.env.example /app/CHANGELOG.md /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/skills skills
COPY --from=build /app/docker docker
COPY --from=build /app/dist dist
# Volumes take owner and mode from here.
RUN install -d -o 1000 -g 1000 -m 0700 /data /home/parley
ENV NODE_ENV=production HOME=/home/parley PARLEY_HOST=0.0.0.0 PARLEY_DATA_DIR=/data
USER 1000:1000
EXPOSE 4400
VOLUME /data
# The port may be set otherwise; a worker, which opens none, needs --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PARLEY_PORT || 4400}/api/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main.js", "up"]
