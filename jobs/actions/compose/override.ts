import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { ActionError } from '../action-error.js';

/**
 * planb's own file in a project's folder: beside the user's files, which stay untouched, so that whoever stands in the folder sees that the project is held. A plain
 * `docker compose up -d` does not read it.
 */
export const overrideName = '.planb.override.yaml';

const schema = z.looseObject({ services: z.record(z.string(), z.looseObject({ image: z.string() })) });
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
}

/** The services of a project that planb holds; empty: not held. Throws ActionError where the file was damaged. */
export async function readOverride(folder: string): Promise<ReadonlyMap<string, HeldImage>> {
  const text = await readOverrideText(folder);
  if (text === undefined) return new Map();
  const parsed = schema.safeParse(parseYaml(text));
  if (!parsed.success) throw new ActionError('malformed-override', `${join(folder, overrideName)} is not what planb wrote; remove it and run again`);
  const { services } = parsed.data;
  const notes = noteSchema.safeParse(parseYaml(noteLine.exec(text)?.[1] ?? '')).data ?? {};
  return new Map(Object.entries(services).map(([service, { image }]) => [service, { image, release: notes[service]?.release ?? image, run: notes[service]?.run ?? '' }]));
}

/** The file's text, for undoing; undefined where there is none. */
export async function readOverrideText(folder: string): Promise<string | undefined> {
  return readFile(join(folder, overrideName), 'utf8').catch(() => undefined);
}

/** The override's text. `version` is the first file's: compose v1 refuses files of different versions. */
export function renderOverride(held: ReadonlyMap<string, HeldImage>, version: string | undefined): string {
  const notes = Object.fromEntries([...held].map(([service, { release, run }]) => [service, { release, run }]));
  const content = {
    ...(version === undefined ? {} : { version }),
    services: Object.fromEntries([...held].map(([service, { image }]) => [service, { image }])),
  };
  return `# Written by planb, which holds these services on a release. Correct your own files, then: planb unhold\n# planb: ${JSON.stringify(notes)}\n${stringify(content, { lineWidth: 0 })}`;
}

/** Whole or not at all: a reader never sees half a file. */
export async function writeOverride(folder: string, text: string): Promise<void> {
  const path = join(folder, overrideName);
  try {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  } catch (error) {
    throw new ActionError('folder-not-writable', `planb cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

export async function removeOverride(folder: string): Promise<void> {
  await rm(join(folder, overrideName), { force: true });
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
