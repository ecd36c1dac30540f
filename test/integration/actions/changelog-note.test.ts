import { execFile } from 'node:child_process';
import { chmod, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { changelogNoteAction } from '../../../jobs/actions/changelog-note.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const exec = promisify(execFile);
const text = '# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- a\n\n## [1.0.0]\n';
const at = Date.UTC(2026, 2, 4, 23, 59);

async function changelog(content = text): Promise<{ readonly folder: string; readonly file: string; readonly git: (...args: string[]) => Promise<string> }> {
  const folder = await tempFolder('planb-changelog');
  const file = join(folder, 'CHANGELOG.md');
  await writeFile(file, content);
  const git = async (...args: string[]) => (await exec('git', ['-C', folder, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args])).stdout.trim();
  return { folder, file, git };
}
async function repository(content = text) {
  const made = await changelog(content);
  await made.git('init', '--quiet');
  await made.git('add', '.');
  await made.git('commit', '--quiet', '-m', 'first');
  return made;
}
const context = async (given: object = {}) => (await stepContext({ runId: '7KQ', step: 'note', firstStartedAt: at, from: { name: 'v1.1.0' }, to: { name: 'v1.0.0' }, ...given })).context;
const input = (raw: object) => changelogNoteAction.input.parse({ text: 'Taken back: errors at login', ...raw });
const line = '- Taken back: errors at login (v1.1.0 → v1.0.0, 2026-03-04, planb run 7KQ) <!-- planb 7KQ/note -->';

describe('changelog.note', () => {
  it('says what, when, from where to where and in which run, once', async () => {
    const { folder, file } = await changelog();
    await chmod(file, 0o640);
    const step = await context();
    expect(changelogNoteAction.describe(input({ file }), { facts: [], from: { name: 'v1.1.0' }, to: { name: 'v1.0.0' } }).commands).toEqual([`# ${file}, Unreleased, Changed: - Taken back: errors at login (v1.1.0 → v1.0.0, DATE, planb run RUN)`]);
    expect(await changelogNoteAction.probe?.(step, input({ file }), undefined)).toMatchObject({ outcome: 'absent' });
    const first = await changelogNoteAction.execute(step, input({ file }));
    expect(first).toMatchObject({ ok: true, receipt: { section: 'Changed', line: line.replace(/ <!--.*/, '') } });
    expect(await readFile(file, 'utf8')).toBe(text.replace('- a\n', `- a\n${line}\n`));
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await changelogNoteAction.probe?.(step, input({ file }), undefined)).toMatchObject({ outcome: 'happened' });
    expect(await changelogNoteAction.execute(step, input({ file }))).toEqual(first);
    expect(await readFile(file, 'utf8')).toBe(text.replace('- a\n', `- a\n${line}\n`));
    expect(await readdir(folder)).toEqual(['CHANGELOG.md']);
  });

  it('writes through a link, and refuses a missing file and one that is not UTF-8', async () => {
    const { folder, file } = await changelog();
    const link = join(folder, 'link.md');
    await symlink('CHANGELOG.md', link);
    const step = await context();
    expect(await changelogNoteAction.execute(step, input({ file: link }))).toMatchObject({ ok: true });
    expect(await readFile(file, 'utf8')).toContain(line);
    expect(await changelogNoteAction.execute(step, input({ file: `${file}.none` }))).toMatchObject({ ok: false, error: { code: 'no-file' } });
    const bytes = Buffer.from([0x23, 0x20, 0xe9, 0x0a]);
    await writeFile(file, bytes);
    expect(await changelogNoteAction.execute(step, input({ file }))).toMatchObject({ ok: false, error: { code: 'not-utf8' } });
    expect(await readFile(file)).toEqual(bytes);
  });

  it('commits that file alone, also after a crash between writing and committing', async () => {
    const { folder, file, git } = await repository();
    await writeFile(join(folder, 'other'), 'staged, not to be committed');
    await git('add', 'other');
    const step = await context();
    const given = input({ file, commit: true, section: 'Security' });
    await changelogNoteAction.execute(step, input({ file, section: 'Security' }));
    expect(await changelogNoteAction.probe?.(step, given, undefined)).toMatchObject({ outcome: 'unclear', saw: expect.stringContaining('not committed') as string });
    const result = await changelogNoteAction.execute(step, given);
    expect(result).toMatchObject({ ok: true, receipt: { commit: await git('rev-parse', 'HEAD') } });
    expect(await git('show', '--name-only', '--format=%s', 'HEAD')).toBe('Note in the changelog: Taken back: errors at login\n\nCHANGELOG.md');
    expect(await git('status', '--porcelain')).toBe('A  other');
    expect(await changelogNoteAction.probe?.(step, given, undefined)).toMatchObject({ outcome: 'happened' });
    const count = await git('rev-list', '--count', 'HEAD');
    expect(await changelogNoteAction.execute(step, given)).toMatchObject({ ok: true });
    expect(await git('rev-list', '--count', 'HEAD')).toBe(count);
  });

  it('commits a file whose last line had no end', async () => {
    const { file, git } = await repository('## [Unreleased]\n\n### Changed\n\n- a');
    expect(await changelogNoteAction.execute(await context(), input({ file, commit: true }))).toMatchObject({ ok: true });
    expect(await git('status', '--porcelain')).toBe('');
  });

  it('does not commit somebody\'s unfinished work', async () => {
    const { file, git } = await repository();
    await writeFile(file, text.replace('- a', '- b'));
    const result = await changelogNoteAction.execute(await context(), input({ file, commit: true }));
    expect(result).toMatchObject({ ok: false, error: { code: 'other-changes', message: expect.stringContaining('commit it by hand') as string } });
    expect(await git('rev-list', '--count', 'HEAD')).toBe('1');
    expect(await readFile(file, 'utf8')).toContain(line);
  });

  it('says that there is no work tree to commit in', async () => {
    const { file } = await changelog();
    expect(await changelogNoteAction.execute(await context(), input({ file, commit: true }))).toMatchObject({ ok: false, error: { code: 'not-a-repository' } });
  });

  it('takes one line, without secrets and comment marks', () => {
    for (const bad of ['two\nlines', 'a --> b', '${env:X}', ' ']) expect(changelogNoteAction.input.safeParse({ file: '/x', text: bad }).success, bad).toBe(false);
  });
});
