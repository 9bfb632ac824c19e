# The HCP simulator as a container:
#
#   docker build -t hcp-simulator .
#   docker run --rm --network host hcp-simulator --domain hcp1.example.com --control-port 7070
#
# Its nodes are addresses of 127.0.0.0/8, so a client needs the same network: that of the host, as above, or that of this
# container (--network container:NAME; in Kubernetes the containers of a pod have it in common).

FROM node:24-slim AS build
WORKDIR /build
COPY . .
RUN npm ci && mkdir /packed \
 && npm pack --workspace packages/sdk --workspace packages/simulator --pack-destination /packed

FROM node:24-slim AS install
WORKDIR /app
COPY --from=build /packed /packed
RUN npm init --yes >/dev/null && npm install --omit=dev --no-audit --no-fund /packed/*.tgz

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=install /app /app
USER node
# Asks the first node at its default address and port; any answer of HTTP means that it serves.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["node", "--eval", "require('node:http').get('http://127.0.11.1:8080/', () => process.exit(0)).on('error', () => process.exit(1))"]
ENTRYPOINT ["node", "node_modules/@effect-hcp/simulator/bin/hcp-simulator.js"]
