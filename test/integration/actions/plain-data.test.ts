import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { changelogNoteAction } from '../../../jobs/actions/changelog-note.js';
import { composeReleaseAction } from '../../../jobs/actions/compose-release.js';
import { postgresQueryAction } from '../../../jobs/actions/postgres-query.js';
import { runAction } from '../../../jobs/actions/run.js';
import { isReleaseName, parameterPattern } from '../../../src/command/words.js';
import { METACHARACTERS } from '../../support/fuzz/texts.js';
import { createDatabase } from '../../support/postgres.js';
import { sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { tempFolder } from '../../support/temp-folder.js';
import { fakeDocker } from '../../support/fake-docker.js';
import { stepContext } from './step-context.js';

/** In any of them: a shell that took it for its own would make this file. */
const hostile = (folder: string): readonly string[] => [...METACHARACTERS, `$(touch ${folder}/owned)`, `\`touch ${folder}/owned\``, `; touch ${folder}/owned`, `| touch ${folder}/owned`, `\ntouch ${folder}/owned\n`, `' ; touch ${folder}/owned ; '`, `-oProxyCommand=touch ${folder}/owned`];
/** A secret reference is refused among arguments, by its own rule. */
const asArguments = (folder: string): readonly string[] => hostile(folder).filter((value) => !value.includes('${env:'));
const owned = (folder: string): Promise<boolean> => access(join(folder, 'owned')).then(() => true, () => false);
const recorder = 'require("fs").writeFileSync(process.env.RECORD, JSON.stringify([process.argv.slice(1), process.env.VALUE]))';

it('run hands arguments and variables to a program as they are, here and on another machine', async () => {
  const folder = await tempFolder();
  const record = join(folder, 'record');
  const sshd = await startSshd();
  for (const run of [undefined, sshHosts(sshd).at(sshd.address).runProgram]) {
    const { context } = await stepContext();
    const values = asArguments(folder);
    for (const value of [values.join(' '), '--flag']) {
      const input = runAction.input.parse({ program: ['node', '-e', recorder, '--', ...values], env: { RECORD: record, VALUE: value } });
      expect(await runAction.execute(run === undefined ? context : { ...context, run }, input)).toMatchObject({ ok: true });
      expect(JSON.parse(await readFile(record, 'utf8'))).toEqual([values, value]);
    }
  }
  expect(await owned(folder)).toBe(false);
});

it('the probe of run gets them in the same way', async () => {
  const folder = await tempFolder();
  const record = join(folder, 'record');
  const { context } = await stepContext();
  const values = asArguments(folder);
  const input = runAction.input.parse({ program: ['true'], probe: ['node', '-e', recorder, '--', ...values], env: { RECORD: record } });
  expect(await runAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'happened' });
  expect(JSON.parse(await readFile(record, 'utf8'))).toEqual([values, null]);
  expect(await owned(folder)).toBe(false);
});

it('postgres.query binds them, and the table is still there', async () => {
  const database = await createDatabase();
  try {
    await database.pool.query('CREATE TABLE orders (id int, note text); INSERT INTO orders VALUES (1, $$x$$)');
    const { context } = await stepContext();
    for (const value of METACHARACTERS) {
      const input = postgresQueryAction.input.parse({ database: database.url, within: 0, sql: 'SELECT $1::text, (SELECT count(*) FROM orders WHERE note = $1)', params: [value], expect: { row: { text: value, count: '0' } } });
      expect(await postgresQueryAction.execute(context, input), value).toMatchObject({ ok: true });
    }
    expect((await database.pool.query('SELECT * FROM orders')).rows).toEqual([{ id: 1, note: 'x' }]);
  } finally {
    await database.drop();
  }
});

it('changelog.note writes them into its line, and git commits that file alone', async () => {
  const folder = await tempFolder();
  const file = join(folder, 'repo', 'CHANGELOG.md');
  await mkdir(join(folder, 'repo'));
  const git = (...args: string[]) => execa('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], { cwd: join(folder, 'repo') });
  await writeFile(file, '# Changelog\n\n## [Unreleased]\n');
  await git('init', '--quiet');
  await git('config', 'user.name', 'x');
  await git('config', 'user.email', 'x@example.org');
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'first');
  for (const [index, value] of hostile(folder).filter((one) => !/[\r\n]|\$\{env/.test(one)).entries()) {
    const { context } = await stepContext({ runId: `r${String(index)}`, from: { name: '1.1.0' }, to: { name: '1.0.0' } });
    expect(await changelogNoteAction.execute(context, changelogNoteAction.input.parse({ file, text: value, commit: true })), value).toMatchObject({ ok: true });
  }
  expect(await readFile(file, 'utf8')).toContain(`$(touch ${folder}/owned)`);
  expect((await git('status', '--porcelain')).stdout).toBe('');
  expect(await owned(folder)).toBe(false);
});

it('a release with them is refused where it is typed, and an image of such a name is no option of docker', async () => {
  const docker = await fakeDocker();
  const folder = await tempFolder();
  const { context } = await stepContext();
  for (const value of hostile(folder)) {
    // "*" and the like are no names; what is one may not begin an option.
    expect(isReleaseName(value), value).toBe(false);
    expect(parameterPattern.test(`service=${value}`) && /[\s$]/.test(value)).toBe(false);
    const parsed = composeReleaseAction.input.safeParse({ project: docker.project, services: ['app'], image: value });
    if (parsed.success) await composeReleaseAction.inspect?.(context, parsed.data).catch(() => undefined);
  }
  // An argument by itself that begins like an option would be one.
  const calls = await docker.calls();
  expect(calls.some((call) => call.startsWith('ps '))).toBe(true);
  for (const call of calls) expect(call).not.toMatch(/ (?:--flag|-x|-oProxyCommand=.*)$/);
  expect(await owned(folder)).toBe(false);
});
