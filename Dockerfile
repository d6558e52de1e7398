FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production GATEHOUSE_DATA=/data
WORKDIR /app
# A volume mounted here for the first time takes its owner from this folder.
RUN install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY config config
COPY public public
COPY views views
USER 10001:10001
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GATEHOUSE_MANAGEMENT_PORT || process.env.PORT || 3000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Caches are bounded, so live memory is below 300 MB: with these limits V8 collects instead of growing to several times that.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--max-old-space-size=1024", "bin/gatehouse.js"]
CMD ["start"]
