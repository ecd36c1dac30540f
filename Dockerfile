# planb: the bot, the worker, or both. Built with any builder, BuildKit or classic.
#
#   docker build -t planb .
#   docker build -t planb --build-arg BASE=my/debian-with-node --build-arg EXTRA_REPOSITORIES=no .
#
# BASE is a Debian with Node >= 20.19 and npm. EXTRA_REPOSITORIES=no takes the clients from Debian alone: one PostgreSQL
# major instead of several, docker-compose v1, an older kubectl, and no Helm, which Debian does not have. Behind a proxy or a private authority, let BASE carry the settings.
ARG BASE=node:22-bookworm-slim

FROM ${BASE} AS build
WORKDIR /planb
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev && rm -rf ~/.npm

FROM ${BASE}
ARG EXTRA_REPOSITORIES=yes
# pg_dump refuses a server newer than itself, so each major that a target may run is here.
ARG POSTGRES_MAJORS="13 14 15 16 17 18"
COPY deploy/install-clients.sh /tmp/install-clients.sh
RUN sh /tmp/install-clients.sh "${EXTRA_REPOSITORIES}" "${POSTGRES_MAJORS}" && rm /tmp/install-clients.sh

# A number that no base image uses. The Docker socket's group differs from host to host: give it with --group-add.
RUN groupadd --gid 10001 planb \
 && useradd --uid 10001 --gid 10001 --create-home --home-dir /var/lib/planb --shell /usr/sbin/nologin planb \
 && mkdir -p /etc/planb

WORKDIR /planb
COPY --from=build /planb/package.json ./
COPY --from=build /planb/node_modules ./node_modules
COPY --from=build /planb/dist ./dist
COPY deploy/healthcheck.mjs ./deploy/healthcheck.mjs
RUN chmod 755 dist/src/main.js && ln -s /planb/dist/src/main.js /usr/local/bin/planb

USER 10001:10001
ENV NODE_ENV=production PLANB_CONFIG=/etc/planb/planb.yaml PLANB_DATA=/var/lib/planb PORT=3000
VOLUME /var/lib/planb
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/planb/deploy/healthcheck.mjs"]
# tini collects what a killed step leaves behind and passes SIGTERM on.
ENTRYPOINT ["/usr/bin/tini", "--", "planb"]
CMD ["up"]
