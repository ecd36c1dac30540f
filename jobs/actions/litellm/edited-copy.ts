import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { StepContext } from '../../../src/ports/action.js';
import { commentOut } from './edit-config.js';
import type { ProxyFindings } from './inspect-proxy.js';

/** Where the copy and its difference lie. */
export interface EditedCopy {
  readonly copy: string;
  readonly difference: string;
}

/** Writes a copy of the config without the unknown keys into the run's folder, and its difference (`patch` takes it). The config itself is never touched. Undefined where there is nothing to offer. */
export async function writeEditedCopy(context: StepContext, { file, judged }: ProxyFindings): Promise<EditedCopy | undefined> {
  if (!('text' in file) || judged.unknown.length === 0) return undefined;
  const edited = commentOut(file.text, judged.unknown.map(({ path }) => path));
  if (edited === undefined) return undefined;
  const folder = join(await context.runFolder(), context.step);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const copy = join(folder, basename(file.path));
  const difference = `${copy}.diff`;
  // A config may hold secrets that only it knows.
  await writeFile(copy, edited, { mode: 0o600 });
  await writeFile(difference, createTwoFilesPatch(file.path, file.path, file.text, edited, 'as it is', 'edited'), { mode: 0o600 });
  return { copy, difference };
}
