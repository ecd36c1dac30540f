import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { HostError, type HostFiles } from '../../../src/ports/host.js';
import { ActionError } from '../action-error.js';

/**
 * planb's own file in a project's folder: beside the user's files, which stay untouched, so that whoever stands in the folder sees that the project is held. A plain
 * `docker compose up -d` does not read it.
 */
export const overrideName = '.planb.override.yaml';

const schema = z.looseObject({ version: z.string().optional(), services: z.record(z.string(), z.looseObject({ image: z.string(), environment: z.record(z.string(), z.string()).optional() })) });
/** In a comment: old versions of the file format know no extension keys. */
const noteSchema = z.record(z.string(), z.object({ release: z.string(), run: z.string() }));
const noteLine = /^# planb: (.*)$/m;

/** What a held service is held on. */
export interface HeldImage {
  /** As compose takes it: `repository@sha256:…` or `sha256:…`. */
  readonly image: string;
  /** As people say it. */
  readonly release: string;
  /** The run that did it. */
  readonly run: string;
  /** Variables that the release needs beside those of the user's own files. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The services of a project that planb holds; empty: not held. Throws ActionError where the file was damaged. */
export async function readOverride(files: HostFiles, folder: string): Promise<ReadonlyMap<string, HeldImage>> {
  const text = await readOverrideText(files, folder);
  return text === undefined ? new Map() : parseOverride(folder, text).held;
}

function parseOverride(folder: string, text: string): { readonly held: ReadonlyMap<string, HeldImage>; readonly version: string | undefined } {
  const parsed = schema.safeParse(parseYaml(text));
  if (!parsed.success) throw new ActionError('malformed-override', `${join(folder, overrideName)} is not what planb wrote; remove it and run again`);
  const { services, version } = parsed.data;
  const notes = noteSchema.safeParse(parseYaml(noteLine.exec(text)?.[1] ?? '')).data ?? {};
  return {
    version,
    held: new Map(Object.entries(services).map(([service, { image, environment }]) => [service, {
      image, release: notes[service]?.release ?? image, run: notes[service]?.run ?? '',
      ...(environment === undefined ? {} : { environment: mapValues(environment, (value) => value.replaceAll('$$', '$')) }),
    }])),
  };
}

/** The file's text, for undoing; undefined where there is none. */
export async function readOverrideText(files: HostFiles, folder: string): Promise<string | undefined> {
  return files.readText(join(folder, overrideName));
}

/** Compose puts variables in where it finds a dollar; a value's own is doubled. */
export function escapeDollars(value: string): string {
  return value.replaceAll('$', '$$$$');
}

/**
 * The override's text. `version` is the first file's: compose v1 refuses files of different versions. `write` says how a variable's value stands there: plans show no
 * secrets.
 */
export function renderOverride(held: ReadonlyMap<string, HeldImage>, version: string | undefined, write: (value: string, name: string) => string = escapeDollars): string {
  const notes = Object.fromEntries([...held].map(([service, { release, run }]) => [service, { release, run }]));
  const content = {
    ...(version === undefined ? {} : { version }),
    services: Object.fromEntries([...held].map(([service, { image, environment = {} }]) => [service, { image, ...(Object.keys(environment).length === 0 ? {} : { environment: mapValues(environment, write) }) }])),
  };
  return `# Written by planb, which holds these services on a release. Correct your own files, then: planb unhold\n# planb: ${JSON.stringify(notes)}\n${stringify(content, { lineWidth: 0 })}`;
}

/** Holds services beside those that are held already. `version` is for a file that there is not yet. */
export function holdServices(files: HostFiles, folder: string, services: ReadonlyMap<string, HeldImage>, version: string | undefined): Promise<void> {
  return changeOverride(files, folder, version, (held) => new Map([...held, ...services]));
}

/** Ends the hold of services; those of other targets in the project stay. */
export function endHold(files: HostFiles, folder: string, services: readonly string[]): Promise<void> {
  return changeOverride(files, folder, undefined, (held) => new Map([...held].filter(([service]) => !services.includes(service))));
}

/** Puts the hold of services back to what it was in `before`, the file's text then. */
export function restoreHold(files: HostFiles, folder: string, services: readonly string[], before: string | undefined): Promise<void> {
  const old = before === undefined ? new Map<string, HeldImage>() : parseOverride(folder, before).held;
  return changeOverride(files, folder, undefined, (held) => new Map([...[...held].filter(([service]) => !services.includes(service)), ...[...old].filter(([service]) => services.includes(service))]));
}

/** Changes of one folder's file go one after another: two targets may share a project. */
const changes = new Map<string, Promise<void>>();

function changeOverride(files: HostFiles, folder: string, version: string | undefined, change: (held: ReadonlyMap<string, HeldImage>) => ReadonlyMap<string, HeldImage>): Promise<void> {
  const turn = (changes.get(folder) ?? Promise.resolve()).catch(() => undefined).then(async () => {
    const text = await readOverrideText(files, folder);
    const now = text === undefined ? { held: new Map<string, HeldImage>(), version } : parseOverride(folder, text);
    const held = change(now.held);
    if (held.size === 0) await removeOverride(files, folder);
    else await writeOverride(files, folder, renderOverride(held, now.version), [...held.values()].some(({ environment }) => environment !== undefined));
  });
  changes.set(folder, turn);
  return turn.finally(() => { if (changes.get(folder) === turn) changes.delete(folder); });
}

/** Whole or not at all: a reader never sees half a file. `secret`: variables stand in it, which nobody else may read. */
export async function writeOverride(files: HostFiles, folder: string, text: string, secret = false): Promise<void> {
  const path = join(folder, overrideName);
  try {
    await files.writeText(path, text, secret ? 0o600 : 0o644);
  } catch (error) {
    if (error instanceof HostError && error.code !== 'file-refused') throw error;
    throw new ActionError('folder-not-writable', `planb cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function removeOverride(files: HostFiles, folder: string): Promise<void> {
  await files.remove(join(folder, overrideName));
}

function mapValues(values: Readonly<Record<string, string>>, change: (value: string, name: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]));
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
