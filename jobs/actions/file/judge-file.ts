import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Json } from '../../../src/plan/plan.js';
import { HostError, type HostFiles } from '../../../src/ports/host.js';
import { ActionError } from '../action-error.js';
import { parseImage } from '../compose/image-reference.js';
import { interpolate, parseEnvFile } from '../compose/interpolate.js';
import type { FileFormat } from './file-format.js';
import { parseKeyPath, valueAt } from './key-path.js';
import { readKeys } from './read-keys.js';

/** What a file must be like. */
export interface Wishes {
  readonly path: string;
  readonly exists: boolean;
  readonly format: FileFormat | undefined;
  readonly has: readonly string[];
  readonly lacks: readonly string[];
  readonly equals: Readonly<Record<string, Json>>;
  /** Keys whose value is an image, and its tag. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface Judged {
  /** Null: there is no file. */
  readonly sha256: string | null;
  /** What is not as wished, a sentence each, without values that may be secret. */
  readonly problems: readonly string[];
}

const maxBytes = 10 * 1024 * 1024;

/** Reads the file once and compares it. Throws ActionError where it cannot be read or understood. */
export async function judgeFile(files: HostFiles, wishes: Wishes): Promise<Judged> {
  const bytes = await readBytes(files, wishes.path);
  if (bytes === undefined) return { sha256: null, problems: wishes.exists ? [`${wishes.path} does not exist`] : [] };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (!wishes.exists) return { sha256, problems: [`${wishes.path} exists`] };
  const { format, has, lacks, equals, tags } = wishes;
  if (format === undefined || has.length + lacks.length + Object.keys(equals).length + Object.keys(tags).length === 0) return { sha256, problems: [] };
  const content = readKeys(wishes.path, bytes.toString('utf8'), format);
  const at = (key: string): Json | undefined => valueAt(content, parseKeyPath(key) ?? []);
  const env = Object.keys(tags).length === 0 ? new Map<string, never>() : parseEnvFile((await readBytes(files, join(dirname(wishes.path), '.env')))?.toString('utf8') ?? '');
  const problems = [
    ...has.filter((key) => at(key) === undefined).map((key) => `${key} is missing`),
    ...lacks.filter((key) => at(key) !== undefined).map((key) => `${key} is there`),
    ...Object.entries(equals).flatMap(([key, wanted]) => differs(key, at(key), format === 'env' ? asText(wanted) : wanted)),
    ...Object.entries(tags).flatMap(([key, wanted]) => otherTag(key, at(key), wanted, env)),
  ];
  return { sha256, problems };
}

/** Of a scalar that can be no secret both values are named, of others neither. */
function differs(key: string, actual: Json | undefined, wanted: Json): readonly string[] {
  if (actual === undefined) return [`${key} is missing`];
  if (canonical(actual) === canonical(wanted)) return [];
  return [isHarmless(actual) && isHarmless(wanted) ? `${key} is ${JSON.stringify(actual)} and not ${JSON.stringify(wanted)}` : `${key} has another value`];
}

function isHarmless(value: Json): boolean {
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Math.abs(value) < 1_000) || (typeof value === 'string' && /^(true|false|yes|no|on|off|\d{1,3})?$/i.test(value));
}

function otherTag(key: string, actual: Json | undefined, wanted: string, env: ReturnType<typeof parseEnvFile>): readonly string[] {
  if (actual === undefined) return [`${key} is missing`];
  if (typeof actual !== 'string') return [`${key} is no image`];
  const tag = parseImage(interpolate(actual, env).text).tag;
  // Whoever wrote a secret where an image belongs is not told it back.
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) return [`${key} is no image`];
  return tag === wanted ? [] : [`${key} has the tag ${tag ?? '(none)'} and not ${wanted}`];
}

/** What a `.env` file holds are texts. */
function asText(value: Json): Json {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** Keys of a mapping have no order. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, inner: Json) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));
}

async function readBytes(files: HostFiles, path: string): Promise<Buffer | undefined> {
  try {
    const found = await files.stat(path);
    if (found === undefined) return undefined;
    if (found.kind === 'folder') throw new ActionError('not-readable', `${path} cannot be read: it is a folder`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of files.readFrom(path, 0)) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new ActionError('too-large', `${path} is larger than 10 MB`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'file-refused') throw error;
    throw new ActionError('not-readable', `${path} cannot be read: ${error.message.replace(`${path}: `, '')}`, { cause: error });
  }
}
