import { copyFile, cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { runDocker, type EngineOptions } from '../../../demo/images/engine.js';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const DEFAULT_MIRROR = 'http://deb.debian.org/debian';

/** This machine's Debian mirror, from either form of its apt sources. */
async function findMirror(): Promise<string> {
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const uri = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(https?:\S+)/m.exec(text)?.[1];
    if (uri !== undefined) return uri;
  }
  return DEFAULT_MIRROR;
}

/** The settings under which this machine reaches its mirrors; what apt does after an installation stays here. */
async function copyAptSettings(root: string): Promise<void> {
  const folder = '/etc/apt/apt.conf.d';
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    if (/^\s*Acquire::/m.test(text) && !/^\s*DPkg::/m.test(text)) await copyFile(join(folder, name), join(root, folder, name));
  }
}

/** npm's folder, whether Node came as a package or as a tarball: npm itself says where it lies when it runs a script. */
async function findNpm(): Promise<string> {
  const cli = process.env['npm_execpath'] ?? (await execa('sh', ['-c', 'command -v npm'])).stdout;
  return dirname(dirname(await realpath(cli)));
}

async function copyNode(root: string): Promise<void> {
  const prefix = join(root, 'usr', 'local');
  await copyFile(process.execPath, join(prefix, 'bin', 'node'));
  await mkdir(join(prefix, 'lib', 'node_modules'), { recursive: true });
  await cp(await findNpm(), join(prefix, 'lib', 'node_modules', 'npm'), { recursive: true, dereference: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(prefix, 'bin', 'npm'));
}

/** What a build inside the image needs to reach the registries as this machine does: its authorities, its npm registry, its proxies. */
async function listEnvironment(): Promise<string[]> {
  const { stdout: registry } = await execa('npm', ['config', 'get', 'registry']);
  const changes = [`ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, `ENV npm_config_registry=${registry.trim()}`];
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']) {
    const value = process.env[name];
    if (value !== undefined) changes.push(`ENV ${name}=${value}`);
  }
  return changes;
}

/**
 * Makes a Debian 12 image with this machine's Node and npm: a base for the Dockerfile where no registry can be asked. About 40 seconds, needs
 * root and a Debian mirror.
 *
 * @returns the tag
 */
export async function buildDebianImage(tag: string, engine: EngineOptions = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'planb-debian-'));
  const root = join(folder, 'root');
  try {
    await execa('debootstrap', ['--variant=minbase', '--include=ca-certificates,libstdc++6', 'bookworm', root, await findMirror()], { stdin: 'ignore' });
    await copyFile(CERTIFICATES, join(root, CERTIFICATES));
    await copyAptSettings(root);
    await copyNode(root);
    // As in Debian's own container images: a build that breaks off is thrown away, so dpkg need not wait for the disk.
    await writeFile(join(root, 'etc', 'dpkg', 'dpkg.cfg.d', 'unsafe-io'), 'force-unsafe-io\n');
    await rm(join(root, 'var', 'cache', 'apt', 'archives'), { recursive: true, force: true });
    const archive = join(folder, 'root.tar');
    await execa('tar', ['--directory', root, '--create', '--file', archive, '.']);
    const changes = (await listEnvironment()).flatMap((change) => ['--change', change]);
    await runDocker(['import', ...changes, archive, tag], engine);
    return tag;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
