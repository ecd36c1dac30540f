import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { fileCheckAction } from '../../../jobs/actions/file-check.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const config = `general_settings: &base
  master_key: sk-very-secret-value
  database_url: postgres://u:p@h/d
  flags: [a, b]
"odd.key":
  x: 1
router: { <<: *base, flags: [] }
nothing: null
`;

async function check(name: string, text: string, raw: object) {
  const path = join(await tempFolder('planb-file'), name);
  await writeFile(path, text);
  const { context } = await stepContext();
  return { path, result: await fileCheckAction.execute(context, fileCheckAction.input.parse({ path, ...raw })), context };
}
const message = (text: string) => ({ ok: false, error: { code: 'not-as-expected', message: expect.stringContaining(text) as string } });

describe('file.check', () => {
  it('finds keys of YAML, also through anchors, lists and odd names', async () => {
    const { result } = await check('config.yaml', config, {
      has: ['general_settings.master_key', 'general_settings.flags[1]', '"odd.key".x', 'router.master_key', 'nothing'], lacks: ['general_settings.salt', 'general_settings.flags[2]', 'constructor', 'nothing.at.all'],
      equals: { 'general_settings.flags': ['a', 'b'], '"odd.key"': { x: 1 }, nothing: null },
    });
    expect(result).toMatchObject({ ok: true, receipt: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string } });
  });

  it('names every key that is not as expected, and no value that may be secret', async () => {
    const { result, path } = await check('config.yaml', config, { has: ['router.salt'], lacks: ['nothing'], equals: { 'general_settings.master_key': 'sk-another-secret', 'general_settings.gone': 1, '"odd.key".x': 2 } });
    expect(result).toMatchObject({ ok: false, error: { message: `${path}: router.salt is missing; nothing is there; general_settings.master_key has another value; general_settings.gone is missing; "odd.key".x is 1 and not 2` } });
    expect(JSON.stringify(result)).not.toMatch(/secret|postgres:/);
  });

  it('reads .env files, whose values are texts', async () => {
    const text = 'export DISABLE_SCHEMA_UPDATE="True"\nPORT=4000 # http\nSALT=abcdefgh\n';
    expect((await check('.env', text, { has: ['SALT'], equals: { DISABLE_SCHEMA_UPDATE: 'True', PORT: 4000 } })).result).toMatchObject({ ok: true });
    expect((await check('.env.production', text, { equals: { DISABLE_SCHEMA_UPDATE: 'False' } })).result).toMatchObject(message('DISABLE_SCHEMA_UPDATE is "True" and not "False"'));
    expect((await check('.env', '', { has: ['DISABLE_SCHEMA_UPDATE'] })).result).toMatchObject(message('DISABLE_SCHEMA_UPDATE is missing'));
  });

  it('reads the tag of an image, variables of .env put in', async () => {
    const text = 'services:\n  web:\n    image: registry:5000/app:${TAG:-1.0.0}\n';
    const first = await check('compose.yaml', text, { tags: { 'services.web.image': '1.0.0' } });
    expect(first.result).toMatchObject({ ok: true });
    await writeFile(join(first.path, '..', '.env'), 'TAG=1.1.0\n');
    expect(await fileCheckAction.execute(first.context, fileCheckAction.input.parse({ path: first.path, tags: { 'services.web.image': '1.0.0' } }))).toMatchObject(message('services.web.image has the tag 1.1.0 and not 1.0.0'));
    expect((await check('compose.yaml', text, { tags: { 'services.db.image': '15' } })).result).toMatchObject(message('services.db.image is missing'));
  });

  it('reads JSON, and says where a file is broken without quoting it', async () => {
    expect((await check('a.json', '{"a":{"b":[true]}}', { equals: { 'a.b[0]': true } })).result).toMatchObject({ ok: true });
    const json = await check('a.json', '{"key": sk-secret', { has: ['key'] });
    expect(json.result).toEqual({ ok: false, retryable: false, error: { code: 'malformed-file', message: `${json.path} is not valid JSON` } });
    const yaml = await check('a.yaml', 'fine: 1\nkey: "sk-secret\n', { has: ['key'] });
    expect(yaml.result).toMatchObject({ ok: false, error: { code: 'malformed-file', message: expect.stringMatching(/a\.yaml:\d+ is not valid YAML \([A-Z_]+\)$/) as string } });
    expect(JSON.stringify([json.result, yaml.result])).not.toContain('secret');
  });

  it('tells whether a file exists, and why it cannot be read', async () => {
    const { path, result, context } = await check('any', 'x', {});
    const run = (raw: object) => fileCheckAction.execute(context, fileCheckAction.input.parse(raw));
    expect(result).toMatchObject({ ok: true });
    expect(await run({ path, exists: false })).toMatchObject(message('exists'));
    expect(await run({ path: `${path}.none`, exists: false })).toMatchObject({ ok: true, receipt: { sha256: null } });
    expect(await run({ path: `${path}.none` })).toMatchObject(message('does not exist'));
    await mkdir(`${path}.d`);
    await chmod(`${path}.d`, 0o755);
    expect(await run({ path: `${path}.d` })).toMatchObject({ ok: false, error: { code: 'not-readable' } });
  });

  it('makes the file part of what is approved where it is frozen', async () => {
    const { path, context } = await check('.env', 'A=1\n', {});
    const facts = async (frozen: boolean) => (await fileCheckAction.inspect?.(context, fileCheckAction.input.parse({ path, frozen, has: ['A'] }))) ?? [];
    expect((await facts(false)).map(({ kind, value }) => ({ kind, value }))).toEqual([{ kind: 'measured', value: { good: true, saw: 'as expected' } }]);
    const before = (await facts(true)).find(({ kind }) => kind === 'identity')?.value;
    await writeFile(path, 'A=2\n');
    const after = (await facts(true)).find(({ kind }) => kind === 'identity')?.value;
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(after).not.toBe(before);
  });

  it('refuses what cannot be asked', () => {
    const problem = (raw: object) => fileCheckAction.input.safeParse(raw).error?.issues[0]?.message;
    expect(problem({ path: '/a/b', has: ['x'] })).toContain('format:');
    expect(problem({ path: '/a.yaml', exists: false, has: ['x'] })).toContain('has no keys');
    for (const key of ['', 'a..b', '.a', 'a.', 'a.[0]', 'a b', '"open', 'a[x]', '[0]b']) expect(problem({ path: '/a.yaml', has: [key] }), key).toContain('expected keys');
    expect(problem({ path: '/${env:X}' })).toContain('secret');
    const { commands } = fileCheckAction.describe(fileCheckAction.input.parse({ path: '/srv/.env', equals: { SALT: '${env:SALT}' } }), { facts: [] });
    expect(commands).toEqual(['cat /srv/.env   # SALT is "${env:SALT}"']);
  });
});
