import { z } from 'zod';
import { findReferences } from '../../src/config/secret-reference.js';
import type { Action } from '../../src/ports/action.js';
import { formatOf } from './file/file-format.js';
import { type Wishes, judgeFile } from './file/judge-file.js';
import { parseKeyPath } from './file/key-path.js';
import { paste } from './paste.js';
import { failed, failingInWords } from './step-failure.js';

const key = z.string().refine((text) => parseKeyPath(text) !== undefined, 'expected keys with dots between them, such as general_settings.master_key or model_list[0]."a.b"');

const input = z
  .strictObject({
    path: z.string().startsWith('/').refine((path) => findReferences(path).length === 0, 'a secret may not stand in a path, which plans show'),
    exists: z.boolean().default(true),
    /** By the file's name where it is left out. */
    format: z.enum(['yaml', 'json', 'env']).optional(),
    has: z.array(key).default([]),
    lacks: z.array(key).default([]),
    /** Values by key; a value may be a secret reference. */
    equals: z.record(key, z.json()).default({}),
    /** Tags by the key whose value is an image. */
    tags: z.record(key, z.string().regex(/^\w[\w.-]{0,127}$/, 'expected a tag')).default({}),
    /** The file becomes part of what is approved: any change of it is drift. */
    frozen: z.boolean().default(false),
  })
  .check(({ value, issues }) => {
    const asks = value.has.length + value.lacks.length + Object.keys(value.equals).length + Object.keys(value.tags).length > 0;
    const problem = asks && !value.exists ? 'a file that must not exist has no keys'
      : asks && value.format === undefined && formatOf(value.path) === undefined ? 'its name does not tell how to read it: format: yaml, json or env' : undefined;
    if (problem !== undefined) issues.push({ code: 'custom', message: problem, input: value, path: [value.exists ? 'format' : 'exists'] });
  });
type Input = z.output<typeof input>;

/** Checks that a file exists, and which keys and values it has, without ever showing a value that may be secret. */
export const fileCheckAction: Action<Input> = {
  name: 'file.check',
  summary: 'Checks that a file exists, and its keys, values and image tags (YAML, JSON, .env).',
  input,
  check: true,
  remote: true,
  defaultTimeoutMs: 60_000,
  inspect: async (context, given) => {
    const readAt = new Date(context.now()).toISOString();
    const { sha256, problems } = await judgeFile(context.files, wishesOf(given));
    return [
      { key: `file-check:${given.path}`, kind: 'measured', label: `check of ${given.path}`, value: { good: problems.length === 0, saw: context.mask(problems.join('; ')) || 'as expected' }, readAt },
      ...(given.frozen ? [{ key: `file:${given.path}`, kind: 'identity' as const, label: `content of ${given.path}`, value: sha256, readAt }] : []),
    ];
  },
  describe: (given) => ({ commands: [`${paste(given.exists ? ['cat', given.path] : ['test', '!', '-e', given.path])}   # ${expectation(given)}`], effect: 'read', destructive: false, changes: [] }),
  execute: (context, given) => failingInWords(context.mask, async () => {
    const { sha256, problems } = await judgeFile(context.files, wishesOf(given));
    if (problems.length > 0) return failed('not-as-expected', context.mask(`${given.path}: ${problems.join('; ')}`));
    return { ok: true, receipt: { path: given.path, sha256, checked: [...given.has, ...given.lacks, ...Object.keys(given.equals), ...Object.keys(given.tags)] } };
  }),
};

function wishesOf(given: Input): Wishes {
  return { ...given, format: given.format ?? formatOf(given.path) };
}

function expectation({ exists, has, lacks, equals, tags, frozen }: Input): string {
  const words = [
    ...has.map((name) => `has ${name}`), ...lacks.map((name) => `lacks ${name}`), ...Object.entries(equals).map(([name, value]) => `${name} is ${JSON.stringify(value)}`),
    ...Object.entries(tags).map(([name, tag]) => `${name} has the tag ${tag}`), ...(frozen ? ['does not change meanwhile'] : []),
  ];
  return words.length === 0 ? (exists ? 'exists' : 'does not exist') : words.join(', ');
}
