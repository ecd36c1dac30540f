import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { copyInto, copyPrograms, listLibraries } from './rootfs.js';

/** Just-in-time compilation pulls in all of LLVM, 100 MB, and the samples need none of it. */
const LEFT_OUT = /^(llvmjit|bitcode|pgxs)/;
const PROGRAMS = ['postgres', 'initdb', 'psql', 'pg_isready', 'pg_dump', 'pg_restore'];

/** Runs as the server's own user, so the folders must be its own before. Only the shell's builtins exist besides PostgreSQL. */
const ENTRYPOINT = `#!/bin/sh
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  umask 077
  printf '%s' "\${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD}" > /tmp/password
  initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync
  : > /tmp/password
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    echo "CREATE DATABASE \\"$POSTGRES_DB\\"" | postgres --single -D "$PGDATA" postgres > /dev/null
  fi
fi
exec postgres -c listen_addresses='*' "$@"
`;

async function askConfig(binaries: string, what: string): Promise<string> {
  const { stdout } = await execa(join(binaries, 'pg_config'), [`--${what}`]);
  return stdout.trim();
}

async function copyModules(root: string, from: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => name.endsWith('.so') && !LEFT_OUT.test(name));
  for (const name of names) await copyInto(root, join(from, name));
  for (const library of await listLibraries(names.map((name) => join(from, name)))) await copyInto(root, library);
}

/** Fills a build context with this machine's PostgreSQL and returns its Dockerfile. */
export async function writePostgresRootfs(context: string, binaries: string): Promise<string> {
  const root = join(context, 'rootfs');
  await copyPrograms(root, Object.fromEntries([...PROGRAMS.map((name) => join(binaries, name)), '/bin/sh'].map((path) => [path, path])));
  await copyModules(root, await askConfig(binaries, 'pkglibdir'));
  const share = await askConfig(binaries, 'sharedir');
  for (const folder of [share, '/usr/share/zoneinfo', '/usr/lib/locale/C.utf8']) await cp(folder, join(root, folder), { recursive: true, dereference: true });

  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/:/bin/sh\npostgres:x:999:999:postgres:/var/lib/postgresql:/bin/sh\n');
  await writeFile(join(root, 'etc', 'group'), 'root:x:0:\npostgres:x:999:\n');
  await writeFile(join(root, 'entrypoint.sh'), ENTRYPOINT, { mode: 0o755 });
  for (const folder of ['tmp', 'var/run/postgresql', 'var/lib/postgresql/data']) await mkdir(join(context, 'own', folder), { recursive: true });

  return `FROM scratch
COPY rootfs/ /
COPY --chown=999:999 own/ /
USER 999:999
ENV PATH=${binaries}:/bin LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data POSTGRES_USER=postgres POSTGRES_DB=postgres
LABEL org.opencontainers.image.title=postgres org.opencontainers.image.version=${dirname(binaries).split('/').at(-1) ?? ''}
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
HEALTHCHECK --interval=1s --timeout=5s --retries=30 CMD ["pg_isready", "--quiet", "--host", "127.0.0.1"]
ENTRYPOINT ["/bin/sh", "/entrypoint.sh"]
`;
}
