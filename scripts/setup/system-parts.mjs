/** The programs outside npm that planb, its demo and its tests use, and how each system's package manager calls them. */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnSync } from 'node:child_process';

/** PATH, the daemons' folders that an ordinary user's PATH leaves out, and those that hold one PostgreSQL major each. */
function searchFolders() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/opt/homebrew/bin'];
  const versioned = [['/usr/lib/postgresql', /^\d+$/], ['/usr', /^pgsql-\d+$/], ['/usr/libexec', /^postgresql\d*$/], ['/opt/homebrew/opt', /^postgresql@\d+$/], ['/usr/local/opt', /^postgresql@\d+$/]];
  for (const [folder, pattern] of versioned) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) if (pattern.test(name)) folders.push(join(folder, name, 'bin'), join(folder, name));
  }
  return folders.filter((folder) => folder !== '');
}

/** The path of the first of these programs that is installed, or undefined. */
export function findProgram(...names) {
  for (const name of names) {
    for (const folder of searchFolders()) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

function hasCompose() {
  if (findProgram('docker-compose') !== undefined) return true;
  return findProgram('docker') !== undefined && spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0;
}

const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** `isThere`: whether the machine has it. The rest: the packages that bring it, by package manager; none means that a person must. */
export const PARTS = {
  postgres: {
    title: 'a PostgreSQL server',
    isThere: () => findProgram('initdb') !== undefined && findProgram('postgres') !== undefined,
    apt: ['postgresql'], dnf: ['postgresql-server'], apk: ['postgresql'], brew: ['postgresql@17'],
  },
  postgresClient: {
    title: "PostgreSQL's clients (psql, pg_dump)",
    isThere: () => findProgram('psql') !== undefined && findProgram('pg_dump') !== undefined && findProgram('pg_restore') !== undefined,
    apt: ['postgresql-client'], dnf: ['postgresql'], apk: ['postgresql-client'], brew: ['libpq', 'postgresql@17'],
  },
  redis: {
    title: 'redis-server',
    isThere: () => findProgram('redis-server', 'valkey-server') !== undefined,
    apt: ['redis-server'], dnf: ['valkey'], apk: ['redis'], brew: ['redis'],
  },
  setpriv: {
    title: 'setpriv (util-linux)',
    isThere: () => process.platform !== 'linux' || findProgram('setpriv') !== undefined,
    apt: ['util-linux'], dnf: ['util-linux'], apk: ['setpriv'], brew: [],
  },
  chromium: {
    title: 'Chromium',
    isThere: () => findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable') !== undefined || existsSync(MAC_CHROME),
    apt: ['chromium'], dnf: ['chromium'], apk: ['chromium'], brew: [],
  },
  docker: {
    title: 'the docker command',
    isThere: () => findProgram('docker') !== undefined,
    apt: ['docker.io'], dnf: ['moby-engine'], apk: ['docker'], brew: [],
  },
  dockerd: {
    title: 'the Docker Engine',
    isThere: () => findProgram('dockerd') !== undefined || spawnSync('docker', ['version'], { stdio: 'ignore' }).status === 0,
    apt: ['docker.io', 'iptables'], dnf: ['moby-engine'], apk: ['docker'], brew: [],
  },
  compose: {
    title: 'Docker Compose',
    isThere: hasCompose,
    apt: ['docker-compose'], dnf: ['docker-compose'], apk: ['docker-cli-compose'], brew: ['docker-compose'],
  },
  django: {
    title: 'Django and psycopg2 for /usr/bin/python3',
    isThere: () => spawnSync('/usr/bin/python3', ['-c', 'import django, psycopg2'], { stdio: 'ignore' }).status === 0,
    apt: ['python3-django', 'python3-psycopg2'], dnf: ['python3-django', 'python3-psycopg2'], apk: ['py3-django', 'py3-psycopg2'], brew: [],
  },
  sshd: {
    title: 'an OpenSSH server and client',
    isThere: () => findProgram('sshd') !== undefined && findProgram('ssh') !== undefined,
    apt: ['openssh-server', 'openssh-client'], dnf: ['openssh-server', 'openssh-clients'], apk: ['openssh'], brew: [],
  },
  rsync: {
    title: 'rsync',
    isThere: () => findProgram('rsync') !== undefined,
    apt: ['rsync'], dnf: ['rsync'], apk: ['rsync'], brew: ['rsync'],
  },
  kubectl: {
    title: 'kubectl',
    isThere: () => findProgram('kubectl') !== undefined,
    apt: ['kubernetes-client'], dnf: ['kubernetes-client'], apk: ['kubectl'], brew: ['kubernetes-cli'],
  },
  pgbouncer: {
    title: 'PgBouncer',
    isThere: () => findProgram('pgbouncer') !== undefined,
    apt: ['pgbouncer'], dnf: ['pgbouncer'], apk: ['pgbouncer'], brew: ['pgbouncer'],
  },
  named: {
    title: 'BIND and its nsupdate',
    isThere: () => findProgram('named') !== undefined && findProgram('nsupdate') !== undefined,
    apt: ['bind9', 'bind9-dnsutils'], dnf: ['bind', 'bind-utils'], apk: ['bind', 'bind-tools'], brew: ['bind'],
  },
  prometheus: {
    title: 'Prometheus and its Alertmanager',
    isThere: () => findProgram('prometheus') !== undefined && findProgram('prometheus-alertmanager', 'alertmanager') !== undefined,
    apt: ['prometheus', 'prometheus-alertmanager'], dnf: [], apk: ['prometheus', 'alertmanager'], brew: ['prometheus', 'alertmanager'],
  },
  debootstrap: {
    title: 'debootstrap',
    isThere: () => findProgram('debootstrap') !== undefined,
    apt: ['debootstrap'], dnf: ['debootstrap'], apk: ['debootstrap'], brew: [],
  },
};

const SERVERS = ['postgres', 'postgresClient', 'redis', 'setpriv'];

/** What each of the commands needs. */
export const NEEDS = {
  demo: SERVERS,
  'demo --docker': [...SERVERS, 'docker', 'compose'],
  test: [...SERVERS, 'chromium', 'django', 'kubectl', 'named', 'pgbouncer', 'prometheus', 'rsync', 'sshd'],
  bench: SERVERS,
  chaos: SERVERS,
  soak: SERVERS,
  e2e: [...SERVERS, 'chromium', 'docker', 'dockerd', 'compose', 'debootstrap'],
};
