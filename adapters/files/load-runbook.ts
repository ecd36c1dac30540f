import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseRunbook } from '../../src/runbook/parse-runbook.js';
import { parseRunbookReference } from '../../src/runbook/reference.js';
import { formatProblem } from '../../src/yaml/problem.js';
import type { LoadedRunbook } from '../../src/ports/world.js';

/** Beside the sources and, copied by the build, beside the compiled files. */
const builtInFolder = new URL('../../runbooks/', import.meta.url);

type RunbookText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** The text of a runbook by a built-in's name or by a path relative to planb.yaml's folder. */
export async function readRunbookText(name: string, folder: string): Promise<RunbookText> {
  const builtIn = parseRunbookReference(name).kind === 'built-in';
  const file = builtIn ? new URL(`${name}.yaml`, builtInFolder) : resolve(folder, name);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return { ok: false, message: builtIn ? `There is no built-in runbook "${name}"; a file of your own is named by its path, for example ./runbooks/${name}.yaml.` : `The runbook ${name} cannot be read.` };
  }
  return { ok: true, text };
}

/** Reads and parses a runbook; every problem is in the message, with its line and column. */
export async function loadRunbook(name: string, folder: string): Promise<LoadedRunbook> {
  const read = await readRunbookText(name, folder);
  if (!read.ok) return read;
  const { text } = read;
  const parsed = parseRunbook(text, name);
  if (!parsed.ok) return { ok: false, message: parsed.problems.map(formatProblem).join('; ') };
  return { ok: true, runbook: parsed.runbook, sha256: createHash('sha256').update(text).digest('hex') };
}
