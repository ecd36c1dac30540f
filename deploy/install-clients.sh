#!/bin/sh
# Installs the programs that planb's actions call. Runs while the image is built.
#   install-clients.sh yes|no "MAJOR MAJOR …"
# yes: PostgreSQL's and Docker's own repositories, for several majors and Compose v2, and pinned releases of Helm and kubectl. no: what Debian has.
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

# fetch_checked URL SHA256 FILE
fetch_checked() {
  node -e 'const { createHash } = require("node:crypto"); const [, url, sum, file] = process.argv;
    fetch(url).then(async (r) => { if (!r.ok) throw new Error(`${r.url}: ${r.status}`); const body = Buffer.from(await r.arrayBuffer());
      const found = createHash("sha256").update(body).digest("hex"); if (found !== sum) throw new Error(`${url} has SHA-256 ${found}, not ${sum}`);
      require("node:fs").writeFileSync(file, body); }).catch((e) => { console.error(e); process.exit(1); })' "$1" "$2" "$3"
}

# No database cluster is wanted, only the programs.
mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf

apt-get update
install bind9-dnsutils ca-certificates openssh-client tini util-linux

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
  arch=$(dpkg --print-architecture)
  # Both published beside the files: https://get.helm.sh/….sha256sum and https://dl.k8s.io/release/….sha256
  case "$arch" in
    amd64) helm_sum=dbb4c8fc8e19d159d1a63dda8db655f9ffa4aac1b9a6b188b34a40957119b286 kubectl_sum=d50c359d95e0841eaad08ddc27c7be37cba8fdccfba5c8e2ded65e121ff112db ;;
    arm64) helm_sum=bfb14953295d5324d47ab55f3dfba6da28d46c848978c8fbf412d4271bdc29f1 kubectl_sum=5b982c0644ab1e27780246b9085a5886651b4a7ed86243acbb2bacc1bea01dda ;;
    *) echo "no checksums of Helm and kubectl for $arch; build with EXTRA_REPOSITORIES=no" >&2; exit 1 ;;
  esac
  fetch_checked "https://get.helm.sh/helm-v3.20.0-linux-$arch.tar.gz" "$helm_sum" /tmp/helm.tar.gz
  tar -xzf /tmp/helm.tar.gz -C /usr/local/bin --strip-components=1 --no-same-owner "linux-$arch/helm"
  fetch_checked "https://dl.k8s.io/release/v1.34.4/bin/linux/$arch/kubectl" "$kubectl_sum" /usr/local/bin/kubectl
  chmod 755 /usr/local/bin/kubectl
  rm /tmp/helm.tar.gz
else
  # Debian 12 ships Docker's command and its daemon as one package; the daemon is never started here.
  install postgresql-client postgresql docker.io docker-compose kubernetes-client
fi

rm -rf /var/lib/apt/lists/*
