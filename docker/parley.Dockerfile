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
RUN npm run build && npm prune --omit=dev --ignore-scripts && rm -rf test

FROM ${BASE_IMAGE}
WORKDIR /app
COPY --from=build /app/package.json /app/.env.example /app/CHANGELOG.md /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/adapters/claude-code/no-binary adapters/claude-code/no-binary
COPY --from=build /app/skills skills
COPY --from=build /app/docker docker
COPY --from=build /app/dist dist
# Volumes take owner and mode from here.
RUN install -d -o 1000 -g 1000 -m 0700 /data /home/parley
ENV NODE_ENV=production HOME=/home/parley PARLEY_HOST=0.0.0.0 PARLEY_DATA_DIR=/data
USER 1000:1000
EXPOSE 4400
VOLUME /data
CMD ["node", "--enable-source-maps", "dist/src/main.js", "up"]
