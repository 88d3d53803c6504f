# The node image. Build: docker build -t busan-chain/node .    Run: see docs/guides/run-a-node.md
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages ./packages
# Only production packages; the pinned Node of the repository is left out, the base image has one.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
 && rm -rf packages/*/test packages/testkit

FROM ${NODE_IMAGE} AS runtime
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Busan Chain node" \
      org.opencontainers.image.description="Ethereum-compatible QBFT node of the city of Busan" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0"
# The heap follows the container's memory limit.
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-old-space-size-percentage=70 --max-semi-space-size=64" \
    BUSAN_DATA_PATH=/data \
    BUSAN_RPC_HTTP_ENABLED=true
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=dependencies /app/packages ./packages
COPY chain-config ./chain-config
COPY package.json LICENSE ./
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
EXPOSE 8545/tcp 8546/tcp 9545/tcp 30303/tcp
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "/app/packages/cli/bin/busan.cjs", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/packages/cli/bin/busan.cjs"]
CMD ["node"]
