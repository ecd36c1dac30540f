import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.js';
import { parseRunbook } from '../../src/runbook/parse-runbook.js';
import { resolveForInspection } from '../../src/runbook/resolve-steps.js';
import { fillParameters } from '../../src/runbook/fill-parameters.js';
import type { Problem } from '../../src/yaml/problem.js';
import { formatProblem } from '../../src/yaml/problem.js';
import { cases, report } from '../support/fuzz/cases.js';
import { hostileText } from '../support/fuzz/texts.js';

const runbooks = readdirSync('runbooks').filter((name) => name.endsWith('.yaml')).map((name) => readFileSync(join('runbooks', name), 'utf8'));
const configs = [`people:
  alice: { slack: U01ALICE, telegram: 1001 }
  bob: { slack: U02BOB }
groups:
  oncall: [alice, bob]
channels:
  ops: { slack: C0123456, telegram: { chat: -1001234, topic: 7 }, locale: en }
targets:
  litellm:
    title: LiteLLM proxy
    environment: production
    runbook: litellm-compose
    channel: ops
    requesters: [oncall]
    approval: { people: 2, from: [oncall], expires: 30m, escalate: [oncall] }
    with:
      project: /srv/litellm
      database: \${env:LITELLM_DATABASE_URL}
      url: http://127.0.0.1:4000
`];

/** What YAML itself can be made to do: bombs, circles, depth, tags, documents, merges, prototypes. */
const BOMB = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'.charAt(index)}`).join(',')}]`).join('\n')}\n`;
const TRICKS = [
  BOMB, '&a [*a]', 'x: &a {b: *a}', '&a {? *a : *a}', '[*a]', '<<: *x', '<<: &a {<<: *a}', '!!js/function "x"', '!!binary "////"', '!!set {a}', '!!timestamp 2001-12-14t21:59:43.10-05:00', '--- a\n--- b\n', '%YAML 9.9\n---\n', '%TAG ! tag:x,2000:\n---\n!x y',
  '__proto__: { polluted: true }', 'constructor: { prototype: { polluted: true } }', '? [a, b]\n: c', '? {a: b}\n: c', '? |\n  text\n: x', '- - - - -', '{{{{', '[[[[', ']', '}', '"', "'", '|', '>', '&', '*', '!', '%', '@', '`', '\t', ': ', '- ', '? ', '#', '\r', '\u0000', '\ufeff', '\u2028', '\u0085', '\ud800',
  '.inf', '.nan', '1e999', '0x1F', '0o17', '1_000', '~', 'null', 'true', '2026-11-20', '12:30:45', '\n', '\n  ', '\n\t', '\n- ', '${{', '}}', '${{ params.x }}', '${{ target.x.y }}', '${env:', '${file:/etc/passwd}', "${{ format('{0}', }}",
  `\${{ ${'('.repeat(3_000)} }}`, `\${{ ${'!'.repeat(20_000)}true }}`, `\${{ params.a${'.a'.repeat(5_000)} }}`, `\${{ ${'a||'.repeat(5_000)}a }}`, `\${{ fromJSON('${'['.repeat(20_000)}') }}`, '['.repeat(20_000), `${'['.repeat(2_000)}${']'.repeat(2_000)}`, `${'{a: '.repeat(2_000)}1${'}'.repeat(2_000)}`, '{a: '.repeat(5_000), '- '.repeat(5_000), 'a: &x '.repeat(500),
  Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
] as const;

interface Change { readonly at: number; readonly cut: number; readonly put: string }
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 5 }) }, { weight: 1, arbitrary: fc.nat({ max: 200 }) }),
  put: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...TRICKS.filter((trick) => trick.length < 200)) }, { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) }, { weight: 2, arbitrary: fc.constant('') }),
});
const apply = (text: string, { at, cut, put }: Change): string => {
  const place = at % (text.length + 1);
  return text.slice(0, place) + put + text.slice(place + cut);
};
/** A value of the real file becomes something else, and the file stays YAML, so that what reads the values is reached. */
const revalue = (text: string, at: number, value: string): string => {
  const lines = text.split('\n');
  const index = at % lines.length;
  lines[index] = (lines[index] ?? '').replace(/:(?: .*)?$/, () => `: ${value}`);
  return lines.join('\n');
};

function fileFrom(originals: readonly string[]): fc.Arbitrary<string> {
  const original = fc.constantFrom(...originals);
  return fc.oneof(
    { weight: 10, arbitrary: fc.tuple(original, fc.array(change, { minLength: 1, maxLength: 4 })).map(([text, changes]) => changes.reduce(apply, text)) },
    { weight: 8, arbitrary: fc.tuple(original, fc.nat(), fc.oneof(fc.constantFrom(...TRICKS.filter((trick) => trick.length < 200)), fc.json({ maxDepth: 3 }), hostileText.map((text) => JSON.stringify(text)))).map(([text, at, value]) => revalue(text, at, value)) },
    { weight: 2, arbitrary: fc.tuple(original, fc.nat()).map(([text, at]) => text.slice(0, at % text.length)) },
    { weight: 2, arbitrary: hostileText },
    { weight: 1, arbitrary: fc.tuple(original, fc.nat(), fc.constantFrom(...TRICKS)).map(([text, at, value]) => revalue(text, at, value)) },
  );
}

function expectClear(problems: readonly Problem[], text: string): void {
  expect(problems.length).toBeGreaterThan(0);
  const lines = text.split(/\r\n|[\r\n\u0085\u2028\u2029]/).length;
  for (const problem of problems) {
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.line).toBeLessThanOrEqual(lines + 1);
    expect(problem.column).toBeGreaterThanOrEqual(1);
    expect(problem.message).not.toMatch(/^$|undefined|\[object/);
    expect(formatProblem(problem)).toMatch(/^[^\n]*:\d+:\d+ [^\n]+$/u);
  }
}

const unpolluted = (): void => { expect(Reflect.get({}, 'polluted')).toBeUndefined(); };

describe('a file that somebody broke', () => {
  test('planb.yaml is valid or has its problems by line and column', async () => {
    const seen = { valid: 0, refused: 0 };
    fc.assert(fc.property(fileFrom(configs), (text) => {
      const parsed = parseConfig(text, 'planb.yaml');
      seen[parsed.ok ? 'valid' : 'refused'] += 1;
      if (!parsed.ok) expectClear(parsed.problems, text);
      unpolluted();
    }), cases());
    expect(Math.min(seen.valid, seen.refused)).toBeGreaterThan(10);
    await report('YAML: planb.yaml', seen);
  });

  test('a runbook is valid or has its problems by line and column, and a valid one can be resolved', async () => {
    const seen = { valid: 0, refused: 0, resolved: 0 };
    fc.assert(fc.property(fileFrom(runbooks), (text) => {
      const parsed = parseRunbook(text, 'runbook.yaml');
      seen[parsed.ok ? 'valid' : 'refused'] += 1;
      unpolluted();
      if (!parsed.ok) return expectClear(parsed.problems, text);
      const params = fillParameters(parsed.runbook, { to: '1.0.0' });
      const resolved = resolveForInspection(parsed.runbook, { target: { project: '/srv/x', database: 'postgres://db/x', services: ['app'] }, params: params.ok ? params.value : { to: '1.0.0' }, run: { id: '7KQ', scope: null, from: null }, channel: { id: 'ops' } });
      seen.resolved += resolved.ok ? 1 : 0;
      return undefined;
    }), cases());
    expect(Math.min(seen.valid, seen.refused)).toBeGreaterThan(10);
    await report('YAML: runbooks', seen);
  });

  test.each(TRICKS.map((trick) => [trick.length > 60 ? `${trick.slice(0, 60)}… (${String(trick.length)} characters)` : trick, trick]))('neither %j hangs nor crashes what reads it', (_name, trick) => {
    const texts = [trick, `x: ${trick}`, `targets:\n  shop: ${trick}\n`, `name: X\nkind: rollback\nsteps:\n  - id: a\n    if: ${JSON.stringify(trick)}\n    run: [echo, ${JSON.stringify(trick)}]\n`, `name: X\nkind: rollback\nsteps:\n  - id: a\n    run: [echo]\n    with: ${trick}\n`];
    for (const text of texts) {
      const results = [parseConfig(text, 'planb.yaml'), parseRunbook(text, 'runbook.yaml')];
      for (const result of results) if (!result.ok) expectClear(result.problems, text);
      const [, book] = results;
      if (book?.ok === true && 'runbook' in book) resolveForInspection(book.runbook, { target: {}, params: {}, run: { id: '7KQ' }, channel: { id: 'ops' } });
    }
    unpolluted();
  });
});
