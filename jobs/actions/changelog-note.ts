import { chmod, chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { findReferences } from '../../src/config/secret-reference.js';
import type { Release } from '../../src/plan/plan.js';
import type { Action, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { commitNote, isCommitted } from './changelog/commit-note.js';
import { insertNote } from './changelog/insert-note.js';
import { failed, failingInWords } from './step-failure.js';

const noSecret = (text: string): boolean => findReferences(text).length === 0;

const input = z.strictObject({
  /** The changelog, an absolute path. */
  file: z.string().startsWith('/').refine(noSecret, 'a secret may not stand in a path'),
  section: z.enum(['Changed', 'Fixed', 'Security']).default('Changed'),
  /** What happened, in one line. */
  text: z.string().trim().min(1).max(500).regex(/^[^\r\n]*$/, 'expected one line').refine((text) => !text.includes('-->') && !text.includes('<!--'), 'expected no comment marks').refine(noSecret, 'a secret may not stand in a changelog'),
  /** Commits the file where it lies in a git work tree; never pushes. */
  commit: z.boolean().default(false),
});
type Input = z.output<typeof input>;

/** Notes a rollback in a Keep-a-Changelog file: what, when, from which release to which, and the run. */
export const changelogNoteAction: Action<Input> = {
  name: 'changelog.note',
  summary: 'Adds a line under Unreleased of a Keep-a-Changelog file, and commits it where asked.',
  input,
  defaultTimeoutMs: 2 * 60_000,
  describe: (given, { from, to }) => ({
    commands: [
      `# ${given.file}, Unreleased, ${given.section}: ${noteLine(given, { from, to, day: 'DATE', run: 'RUN', marker: undefined })}`,
      ...(given.commit ? ['# then commits that file alone; nothing is pushed'] : []),
    ],
    effect: 'idempotent',
    destructive: false,
    changes: [],
    estimateMs: 1_000,
  }),
  execute: (context, given) => failingInWords(context.mask, () => addNote(context, given)),
  probe: async (context, given): Promise<ProbeResult> => {
    try {
      const text = await readText(given.file);
      const line = findNote(context, text);
      if (line === undefined) return { outcome: 'absent', saw: `${given.file} has no note of this run` };
      if (given.commit && !(await isCommitted(context, await realpath(given.file)))) return { outcome: 'unclear', saw: `${given.file} has the note, and is not committed` };
      return { outcome: 'happened', receipt: { file: given.file, line: withoutMarker(line) }, saw: `${given.file} has the note` };
    } catch (error) {
      if (error instanceof ActionError) return { outcome: 'unclear', saw: context.mask(error.message) };
      throw error;
    }
  },
};

/** Not seen where the file is rendered, and found again by every attempt. */
const markerOf = (context: StepContext): string => `<!-- planb ${context.runId}/${context.step} -->`;

function noteLine(given: Input, { from, to, day, run, marker }: { readonly from: Release | undefined; readonly to: Release | undefined; readonly day: string; readonly run: string; readonly marker: string | undefined }): string {
  const releases = from === undefined || to === undefined ? [] : [`${from.name} → ${to.name}`];
  return `- ${given.text} (${[...releases, day, `planb run ${run}`].join(', ')})${marker === undefined ? '' : ` ${marker}`}`;
}

function findNote(context: StepContext, text: string): string | undefined {
  const marker = markerOf(context);
  return text.split('\n').map((line) => line.replace(/\r$/, '')).find((line) => line.endsWith(marker));
}

function withoutMarker(line: string): string {
  return line.replace(/ <!-- planb \S+ -->$/, '');
}

async function addNote(context: StepContext, given: Input): Promise<StepResult> {
  // What a link leads to is changed, not the link.
  const file = await realpath(given.file).catch(() => undefined);
  if (file === undefined) return failed('no-file', `${given.file} does not exist`);
  const text = await readText(file);
  const there = findNote(context, text);
  const line = there ?? context.mask(noteLine(given, { from: context.from, to: context.to, day: new Date(context.firstStartedAt).toISOString().slice(0, 10), run: context.runId, marker: markerOf(context) }));
  const inserted = there === undefined ? insertNote(text, given.section, line) : undefined;
  if (inserted !== undefined) await replaceText(file, inserted.text);
  const receipt = { file: given.file, section: given.section, line: withoutMarker(line) };
  if (!given.commit) return { ok: true, receipt };
  if (await isCommitted(context, file)) return { ok: true, receipt };
  // An attempt that died between writing and committing may have made the headings too.
  const allowed = [line, '', '## [Unreleased]', `### ${given.section}`];
  return { ok: true, receipt: { ...receipt, commit: await commitNote(context, file, allowed, `Note in the changelog: ${given.text}\n\nplanb run ${context.runId}`) } };
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new ActionError('not-readable', `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const text = bytes.toString('utf8');
  // What is no UTF-8 would not come out again as it was.
  if (!Buffer.from(text, 'utf8').equals(bytes)) throw new ActionError('not-utf8', `${file} is not UTF-8, and planb would change other lines of it`);
  return text;
}

/** Whole or not at all, with the mode and the owner that it had. */
async function replaceText(file: string, text: string): Promise<void> {
  const temporary = `${file}.planb-new`;
  try {
    const { mode, uid, gid } = await stat(file);
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chown(temporary, uid, gid);
    await chmod(temporary, mode & 0o7777);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new ActionError('not-writable', `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
