# Trainyard: one image for every process. "api" is the default command; others are worker, migrate, prepare-bucket and
# migrate-storage. The image has no database of its own: it needs DATABASE_URL.
#
#   docker build -t trainyard .
#   docker buildx build --platform linux/amd64,linux/arm64 -t trainyard .

ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY . .
# Builds, and then leaves only what runs: neither the development dependencies nor the optional ones, which are an embedded
# PostgreSQL and a Node.js for machines without one.
RUN npm ci
RUN npm prune --omit=dev --omit=optional
RUN mkdir data

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATA_DIRECTORY=/data
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/drizzle ./drizzle
COPY --from=build /app/dist ./dist
# The one folder that is written to, but for /tmp: the image may run with a read-only root.
COPY --from=build --chown=1000:1000 /app/data /data
VOLUME /data
# The user "node" of the base image, as a number, which Kubernetes can tell is not root.
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WORKER_PORT || process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["api"]
