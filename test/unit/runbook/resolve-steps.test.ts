import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/plan/plan.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { resolveForInspection, resolveSteps } from '../../../src/runbook/resolve-steps.js';
import type { ExpressionContexts, Runbook } from '../../../src/runbook/runbook.js';
import { formatProblem } from '../../../src/yaml/problem.js';

function runbook(...steps: readonly string[]): Runbook {
  const text = ['name: T', 'kind: rollback', 'params: { to: { type: release }, note: { type: string }, force: { type: boolean } }', 'steps:', ...steps.map((step) => `  - ${step}`), ''].join('\n');
  const parsed = parseRunbook(text, 'r.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.runbook;
}

const contexts: ExpressionContexts = {
  target: { id: 'shop', title: 'Shop', environment: 'production', services: ['web', 'jobs'], port: 4000, database: '${env:SHOP_DB}', health: { expect: { db: 'connected' } } },
  params: { to: '1.0.0', note: null, force: false },
  run: { id: '7KQ', scope: null, from: '1.1.0' },
  facts: { 'compose:/srv/shop:web': '1.1.0', empty: null },
  verdict: { kind: 'clean-history', reasons: ['two migrations'], lost: [] },
  channel: { id: 'ops', locale: 'en', slack: 'C1', telegram: { channel: null, thread: null } },
};

function resolved(book: Runbook, given: ExpressionContexts = contexts) {
  const result = resolveSteps(book, given);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.steps;
}

const inputOf = (written: string, given?: ExpressionContexts) => resolved(runbook(`{ id: a, uses: wait, with: { x: ${written} } }`), given)[0]?.with['x'];
const problemOf = (written: string, given = contexts) => {
  const result = resolveSteps(runbook(`{ id: a, uses: wait, with: { x: ${written} } }`), given);
  return result.ok ? undefined : result.problems.map(({ part, message, line }) => `${line} ${part} ${message}`);
};

describe('resolveSteps', () => {
  it.each<[string, Json]>([
    ['"${{ target.services }}"', ['web', 'jobs']],
    ['"${{ target.port }}"', 4000],
    ['"${{ target.health.expect }}"', { db: 'connected' }],
    ['"${{ params.force }}"', false],
    ['"http://127.0.0.1:${{ target.port }}/${{ params.to }}"', 'http://127.0.0.1:4000/1.0.0'],
    ['["${{ params.to }}", 2]', ['1.0.0', 2]],
    ['"${{ target.database }}?sslmode=require"', '${env:SHOP_DB}?sslmode=require'],
    ["\"${{ facts['compose:/srv/shop:web'] }}\"", '1.1.0'],
    ['"${{ target.services[1] }}"', 'jobs'],
    ['"${{ join(target.services, \',\') }}"', 'web,jobs'],
    ["\"${{ format('{0}}}', params.to) }}\"", '1.0.0}'],
    ["\"${{ '}}' }}\"", '}}'],
    ['plain', 'plain'],
  ])('%s becomes %j', (written, value) => {
    expect(inputOf(written)).toEqual(value);
  });

  it('leaves a key out whose expression has no value', () => {
    expect(resolved(runbook('{ id: a, uses: wait, with: { x: "${{ params.note }}", y: 1 } }'))[0]?.with).toEqual({ y: 1 });
  });

  it.each<[string, string]>([
    ['"at ${{ params.note }}"', '"params.note" has no value, which cannot stand within a text'],
    ['"at ${{ target.services }}"', '"target.services" has a list or a mapping as its value, which cannot stand within a text'],
    ['"${{ target.sevices }}"', 'in the expression "target.sevices": there is no "sevices"'],
    ['"${{ target.services[2] }}"', 'in the expression "target.services[2]": there is no "2"'],
    ['"${{ target.constructor }}"', 'in the expression "target.constructor": there is no "constructor"'],
    ["\"${{ facts['compose:/srv/shop:wed'] }}\"", 'in the expression "facts[\'compose:/srv/shop:wed\']": there is no "compose:/srv/shop:wed"'],
    ["\"${{ fromJSON('{') }}\"", 'in the expression "fromJSON(\'{\')": error parsing JSON when evaluating fromJson'],
    ['"${{ target.port.x }}"', 'in the expression "target.port.x": there is no "x"'],
    ['"${{ target.port.* }}"', 'in the expression "target.port.*": only a list or a mapping has ".*"'],
  ])('%s is an error', (written, message) => {
    expect(problemOf(written)).toEqual([`5 with.x ${message}`]);
  });

  it.each(['"${{ params.note }}"', '"a ${{ params.note }}"', '"$${{ params.note }}"', "\"${{ facts.empty }}\"", "\"${{ format('{0}', params.note) }}\""])('never lets typed or read text become a secret reference: %s', (written) => {
    const given = { ...contexts, params: { ...contexts.params, note: '${env:DATABASE_URL}' }, facts: { empty: '${file:/run/secrets/x}' } };
    expect(problemOf(written, given)).toEqual(['5 with.x a parameter or a fact holds "${", which could be read as a secret reference']);
  });

  it('does not let two halves meet as a reference either', () => {
    expect(problemOf('"$${{ params.note }}"', { ...contexts, params: { ...contexts.params, note: '{env:X}' } })).toHaveLength(1);
  });

  it('decides each if, and keeps the order through what it leaves out', () => {
    const steps = resolved(
      runbook(
        '{ id: a, uses: wait }',
        '{ id: b, uses: wait, if: params.force }',
        '{ id: c, uses: wait, if: "${{ verdict.kind == \'restore-backup\' }}" }',
        '{ id: d, uses: wait }',
        '{ id: e, uses: wait, needs: [c, a], if: "verdict.kind == \'CLEAN-history\'" }',
        '{ id: f, uses: wait, needs: [], if: true }',
      ),
    );
    expect(steps.map(({ id, needs }) => [id, needs])).toEqual([
      ['a', []],
      ['d', ['a']],
      ['e', ['a']],
      ['f', []],
    ]);
  });

  it('does not resolve what is left out', () => {
    expect(resolved(runbook('{ id: a, uses: wait, if: params.note, with: { x: "${{ target.nothing }}" } }'))).toEqual([]);
  });

  it('resolves names, environment, host and probe', () => {
    const [step] = resolved(runbook('{ id: a, name: "Put ${{ params.to }} back", run: [x, "${{ params.to }}"], on: "ssh://${{ target.id }}", env: { PORT: "${{ target.port }}" }, probe: [y, "${{ target.port }}"] }'));
    expect(step).toMatchObject({ name: 'Put 1.0.0 back', on: 'ssh://shop', env: { PORT: '4000' }, probe: ['y', '4000'], with: { program: ['x', '1.0.0'] } });
  });

  it('refuses a host that is none, and a name without a value', () => {
    const result = resolveSteps(runbook('{ id: a, name: "${{ params.note }}", uses: wait, on: "ssh://-${{ run.id }}" }'), contexts);
    expect(result.ok ? [] : result.problems.map(({ part, message }) => `${part} ${message}`)).toEqual([
      'on expected ssh://user@host, found "ssh://-7KQ"',
      'name "${{ params.note }}" has no value, where text is needed',
    ]);
  });

  it('a whole expression gives back any JSON value unchanged', () => {
    // The library drops names that JavaScript's objects inherit and names that differ only in case; planb.yaml refuses those.
    const key = fc.stringMatching(/^[a-z]{1,6}$/).map((name) => `k_${name}`);
    const { tree } = fc.letrec<{ tree: Json; leaf: Json }>((tie) => ({
      leaf: fc.oneof(fc.string().filter((text) => !text.includes('${')), fc.integer(), fc.boolean(), fc.constant(null)),
      tree: fc.oneof({ maxDepth: 3 }, tie('leaf'), fc.array(tie('tree')), fc.dictionary(key, tie('tree'), { noNullPrototype: true })),
    }));
    fc.assert(
      fc.property(tree.filter((value) => value !== null), (value) => {
        expect(inputOf('"${{ target.value }}"', { ...contexts, target: { value } })).toEqual(value);
      }),
    );
  });
});

describe('resolveForInspection', () => {
  it('resolves what needs neither facts nor verdict, an if over those counting as true', () => {
    const book = runbook(
      '{ id: a, uses: wait, with: { x: "${{ target.port }}" }, if: "verdict.kind == \'restore-backup\'" }',
      '{ id: b, uses: wait, with: { x: "${{ facts.rows }}" } }',
      '{ id: c, uses: wait, if: params.force }',
      '{ id: d, uses: wait, if: "!params.force" }',
    );
    const result = resolveForInspection(book, contexts);
    expect(result.ok ? result.steps.map(({ id, with: input }) => [id, input]) : result.problems).toEqual([
      ['a', { x: 4000 }],
      ['d', {}],
    ]);
  });
});
