#!/bin/sh
# Installs the programs that planb's actions call. Runs while the image is built.
#   install-clients.sh yes|no "MAJOR MAJOR …"
# yes: PostgreSQL's and Docker's own repositories, for several majors and Compose v2. no: what Debian has.
set -eu
extra=$1
majors=$2
export DEBIAN_FRONTEND=noninteractive
. /etc/os-release

install() {
  apt-get install -y --no-install-recommends "$@"
}

# Node is in the base and speaks HTTPS, so neither curl nor gnupg need to be.
fetch() {
  node -e 'fetch(process.argv[1]).then(async (r) => { if (!r.ok) throw new Error(`${r.url}: ${r.status}`); process.stdout.write(await r.text()); }).catch((e) => { console.error(e); process.exit(1); })' "$1"
}

# No database cluster is wanted, only the programs.
mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf

apt-get update
install ca-certificates openssh-client tini util-linux

if [ "$extra" = yes ]; then
  mkdir -p /etc/apt/keyrings
  fetch https://www.postgresql.org/media/keys/ACCC4CF8.asc > /etc/apt/keyrings/postgresql.asc
  fetch https://download.docker.com/linux/debian/gpg > /etc/apt/keyrings/docker.asc
  echo "deb [signed-by=/etc/apt/keyrings/postgresql.asc] https://apt.postgresql.org/pub/repos/apt $VERSION_CODENAME-pgdg main" > /etc/apt/sources.list.d/postgresql.list
  echo "deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian $VERSION_CODENAME stable" > /etc/apt/sources.list.d/docker.list
  apt-get update
  for major in $majors; do
    # The server too: a backup is proven by restoring it into one of its own major. It is never started as a service.
    install "postgresql-client-$major" "postgresql-$major"
  done
  install docker-ce-cli docker-compose-plugin
else
  # Debian 12 ships Docker's command and its daemon as one package; the daemon is never started here.
  install postgresql-client postgresql docker.io docker-compose
fi

rm -rf /var/lib/apt/lists/*
