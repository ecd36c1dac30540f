import { createHash } from 'node:crypto';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { type Document, LineCounter, type Node, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { HostFiles } from '../../../src/ports/host.js';
import type { ComposeContainer } from '../docker/containers.js';
import { ActionError } from '../action-error.js';
import { type EnvFile, interpolate, parseEnvFile } from './interpolate.js';
import { overrideName } from './override.js';

/** Where a project's own files name a service's image. */
export interface NamedImage {
  /** As compose reads it, variables put in. */
  readonly image: string;
  /** As it is written. */
  readonly written: string;
  /** Relative to the project folder, as a person would open it. */
  readonly file: string;
  readonly line: number;
  /** The variables of `.env` that it takes. */
  readonly variables: readonly { readonly name: string; readonly value: string; readonly line: number }[];
}

/** A compose project as its own files describe it; planb's override is not among them. */
export interface ComposeProject {
  readonly folder: string;
  /** The project's name, where a container or `.env` tells it; compose works it out otherwise. */
  readonly name?: string;
  /** Relative to the folder, in compose's order. */
  readonly files: readonly string[];
  /** The first file's `version:`, which compose v1 wants to be the same in all files. */
  readonly version?: string;
  /** SHA-256 over the files and `.env`. */
  readonly sha256: string;
  readonly images: ReadonlyMap<string, NamedImage>;
}

/** Compose's own order of looking. */
const defaultNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/**
 * Reads a project: the files that its running containers were started from (their label), else COMPOSE_FILE of `.env`, else the default names with their
 * `.override`. Throws ActionError `no-compose-file`, `malformed-compose-file`.
 */
export async function readProject(host: HostFiles, folder: string, containers: readonly ComposeContainer[]): Promise<ComposeProject> {
  const dotEnv = (await host.readText(join(folder, '.env'))) ?? '';
  const env = parseEnvFile(dotEnv);
  const files = await chooseFiles(host, folder, containers, env);
  const images = new Map<string, NamedImage>();
  const hash = createHash('sha256').update(dotEnv);
  let version: string | undefined;
  for (const [index, file] of files.entries()) {
    const text = await host.readText(join(folder, file));
    if (text === undefined) throw new ActionError('no-compose-file', `${join(folder, file)} cannot be read; the containers were started from it`);
    hash.update(`\0${file}\0${text}`);
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, merge: true });
    const [problem] = document.errors;
    if (problem !== undefined) throw new ActionError('malformed-compose-file', `${join(folder, file)}:${problem.linePos?.[0].line ?? 1}: ${problem.message.split('\n')[0] ?? ''}`);
    const written = document.get('version');
    if (index === 0 && (typeof written === 'string' || typeof written === 'number')) version = String(written);
    // A later file's image replaces an earlier one's.
    for (const [service, image] of imagesIn(document, lines, file, env)) images.set(service, image);
  }
  const name = containers[0]?.project ?? env.get('COMPOSE_PROJECT_NAME')?.value;
  return { folder, files, sha256: hash.digest('hex'), images, ...(version === undefined ? {} : { version }), ...(name === undefined || name === '' ? {} : { name }) };
}

async function chooseFiles(host: HostFiles, folder: string, containers: readonly ComposeContainer[], env: EnvFile): Promise<readonly string[]> {
  const own = (files: readonly string[]): readonly string[] =>
    files.map((file) => relative(folder, isAbsolute(file) ? file : resolve(folder, file))).filter((file) => file !== overrideName);
  const newest = [...containers].sort((a, b) => b.createdAt - a.createdAt)[0];
  if (newest !== undefined && newest.configFiles.length > 0) return own(newest.configFiles);
  const listed = env.get('COMPOSE_FILE')?.value;
  if (listed !== undefined && listed !== '') return own(listed.split(env.get('COMPOSE_PATH_SEPARATOR')?.value ?? ':'));
  for (const name of defaultNames) {
    if ((await host.readText(join(folder, name))) === undefined) continue;
    const override = name.replace(/\.(ya?ml)$/, '.override.$1');
    return (await host.readText(join(folder, override))) === undefined ? [name] : [name, override];
  }
  throw new ActionError('no-compose-file', `${folder} has no compose file (${defaultNames.join(', ')})`);
}

function* imagesIn(document: Document, lines: LineCounter, file: string, env: EnvFile): Generator<readonly [string, NamedImage]> {
  const services = followed(document.get('services', true), document);
  if (!isMap(services)) return;
  for (const { key } of services.items) {
    const service = isScalar(key) ? String(key.value) : '';
    const node = imageNode(services.get(key, true), document);
    if (!isScalar(node) || typeof node.value !== 'string') continue;
    const { text, from } = interpolate(node.value, env);
    const variables = from.flatMap((name) => {
      const found = env.get(name);
      return found === undefined ? [] : [{ name, ...found }];
    });
    yield [service, { image: text, written: node.value, file, line: lines.linePos(node.range?.[0] ?? 0).line, variables }];
  }
}

/** The `image:` of a service, also one that comes by `<<: *anchor`. */
function imageNode(service: unknown, document: Document): unknown {
  const map = followed(service, document);
  if (!isMap(map)) return undefined;
  if (map.has('image')) return followed(map.get('image', true), document);
  const merged = map.items.find(({ key }) => isScalar(key) && (key.value === '<<' || (typeof key.value === 'symbol' && key.value.description === '<<')))?.value;
  const sources: readonly unknown[] = isSeq(merged) ? merged.items : [merged];
  for (const source of sources) {
    const node = imageNode(source, document);
    if (node !== undefined) return node;
  }
  return undefined;
}

function followed(node: unknown, document: Document): Node | undefined {
  if (isAlias(node)) return node.resolve(document);
  return isMap(node) || isScalar(node) || isSeq(node) ? node : undefined;
}
