import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { SHOP_RELEASES, findNodeModules, writeRelease } from '../shop/shop-files.js';
import { runDocker, type EngineOptions } from './engine.js';
import { writePostgresRootfs } from './postgres-rootfs.js';
import { copyPrograms } from './rootfs.js';

/**
 * Images made without a registry: FROM scratch, out of this machine's own programs, their libraries and the dynamic loader. They
 * have no repository digest, as any image that was built locally; the image id is what names them for ever.
 */
const NODE_IMAGE = 'planb-demo/node:local';
const SHOP_REPOSITORY = 'planb-demo/shop';
const POSTGRES_REPOSITORY = 'planb-demo/postgres';

export type ShopRelease = (typeof SHOP_RELEASES)[number];

const Package = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Runs `docker build` on a folder that `write` fills, with the Dockerfile that it returns, and removes the folder. */
export async function buildImage(tag: string, engine: EngineOptions, write: (context: string) => Promise<string>): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'planb-image-'));
  try {
    await writeFile(join(context, 'Dockerfile'), await write(context));
    await runDocker(['build', '--quiet', '--tag', tag, context], engine);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** The image that others here are made from: this machine's Node and nothing else. Returns its tag. */
export async function buildNodeImage(engine: EngineOptions = {}): Promise<string> {
  await buildImage(NODE_IMAGE, engine, async (context) => {
    const root = join(context, 'rootfs');
    await copyPrograms(root, { [process.execPath]: '/usr/local/bin/node' });
    await mkdir(join(root, 'tmp'));
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/:/none\nshop:x:1000:1000:shop:/app:/none\n');
    return 'FROM scratch\nCOPY rootfs/ /\nENV PATH=/usr/local/bin\n';
  });
  return NODE_IMAGE;
}

/** Copies a package and everything that it depends on out of an installed node_modules. */
export async function copyPackage(nodeModules: string, name: string, to: string, seen = new Set<string>()): Promise<void> {
  if (seen.has(name)) return;
  seen.add(name);
  await cp(join(nodeModules, name), join(to, name), { recursive: true, dereference: true });
  const { dependencies } = Package.parse(JSON.parse(await readFile(join(nodeModules, name, 'package.json'), 'utf8')));
  for (const dependency of Object.keys(dependencies)) await copyPackage(nodeModules, dependency, to, seen);
}

function shopDockerfile(version: string): string {
  return `FROM ${NODE_IMAGE}
COPY --chown=1000:1000 app/ /app/
WORKDIR /app
USER 1000:1000
ENV HOST=0.0.0.0 PORT=8080
EXPOSE 8080
LABEL org.opencontainers.image.title=shop org.opencontainers.image.version=${version}
HEALTHCHECK --interval=2s --timeout=5s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "/app/server.mjs"]
`;
}

/**
 * Builds `planb-demo/shop:1.0.0` and `:1.1.0`, and returns each release's tag. A few seconds; the layers of Node itself are shared.
 *
 * @throws Error of the docker command, in its own words.
 */
export async function buildShopImages(engine: EngineOptions = {}): Promise<Record<ShopRelease, string>> {
  await buildNodeImage(engine);
  const tags = { '1.0.0': `${SHOP_REPOSITORY}:1.0.0`, '1.1.0': `${SHOP_REPOSITORY}:1.1.0` };
  for (const version of SHOP_RELEASES) {
    await buildImage(tags[version], engine, async (context) => {
      await writeRelease(version, join(context, 'app'));
      await copyPackage(findNodeModules(), 'pg', join(context, 'app', 'node_modules'));
      return shopDockerfile(version);
    });
  }
  return tags;
}

/**
 * Builds a PostgreSQL image out of the server installed here and returns its tag. It takes POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, keeps
 * its data in /var/lib/postgresql/data, and has the major version of this machine's own clients, so `pg_dump` matches.
 *
 * @param binaries folder of `postgres` and `initdb`, for example `/usr/lib/postgresql/15/bin`
 */
export async function buildPostgresImage(binaries: string, engine: EngineOptions = {}): Promise<string> {
  const major = dirname(binaries).split('/').at(-1) ?? 'local';
  const tag = `${POSTGRES_REPOSITORY}:${major}`;
  await buildImage(tag, engine, async (context) => writePostgresRootfs(context, binaries));
  return tag;
}
