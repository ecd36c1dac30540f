import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type LiteLlmStart, judgeStart, startBehaviour } from '../../../src/verdict/litellm-start.js';

const start = (release: string, more: Partial<LiteLlmStart> = {}): LiteLlmStart => ({ release, environment: {}, command: [], ...more });

describe('what a LiteLLM image does to the database when it starts', () => {
  it.each([
    ['main-v1.74.9-stable', 'push'],
    ['v1.74.9-stable.patch.1', 'push'],
    ['v1.61.20', 'push'],
    ['v1.74.12', 'unknown'],
    ['v1.74.14-nightly', 'unknown'],
    ['v1.74.14-stable', 'deploy'],
    ['main-v1.77.2-stable', 'deploy'],
    ['ghcr.io/berriai/litellm-database:main-v1.78.0-stable.patch.2', 'deploy'],
    ['v1.78.1-nightly', 'force'],
    ['main-v1.78.1-stable', 'force'],
    ['main-v1.81.14-stable', 'force'],
    ['main-v1.81.12-stable.1', 'force'],
    ['v1.83.0-stable', 'force'],
    ['v1.89.4', 'force'],
    ['main-stable', 'unknown'],
    ['main-latest', 'unknown'],
    ['mirror-1.75.0-of-1.81.0', 'unknown'],
    [`litellm@sha256:${'1'.repeat(64)}`, 'unknown'],
  ])('%s: %s', (release, behaviour) => {
    expect(startBehaviour(start(release))).toBe(behaviour);
  });

  it('is judged by what reads the variables, and how', () => {
    const of = (environment: Readonly<Record<string, string>>, more: Partial<LiteLlmStart> = {}) => startBehaviour(start('v1.81.14', { environment, ...more }));
    expect(of({ DISABLE_SCHEMA_UPDATE: 'True' })).toBe('check');
    // The start-up script of older images compares with "True" exactly; nothing takes a 1.
    expect(of({ DISABLE_SCHEMA_UPDATE: 'true' })).toBe('force');
    expect(of({ DISABLE_SCHEMA_UPDATE: '1' })).toBe('force');
    expect(of({ DISABLE_SCHEMA_UPDATE: 'True' }, { configDisables: false })).toBe('force');
    expect(of({}, { configDisables: true })).toBe('force');
    expect(of({ USE_V2_MIGRATION_RESOLVER: 'true' })).toBe('force');
    expect(of({ USE_V2_MIGRATION_RESOLVER: 'true' }, { knowsV2: true })).toBe('deploy');
    expect(of({ USE_V2_MIGRATION_RESOLVER: 'true' }, { knowsV2: true, command: ['--use_legacy_migration_resolver'] })).toBe('force');
    expect(of({}, { knowsV2: true })).toBe('force');
    expect(startBehaviour(start('v1.77.2', { command: ['--use_prisma_db_push'] }))).toBe('push');
    expect(of({ USE_PRISMA_MIGRATE: 'True' })).toBe('force');
  });
});

describe('how an older LiteLLM may be started on a newer database', () => {
  it('says in one sentence what it would do and what to set', () => {
    expect(judgeStart(start('v1.81.14'))).toEqual({
      behaviour: 'force', safe: false, needs: [{ DISABLE_SCHEMA_UPDATE: 'True' }],
      reason: 'v1.81.14 makes the database look like its own schema when it starts, which drops every table and column that it does not know; it has to be started with DISABLE_SCHEMA_UPDATE=True',
    });
    expect(judgeStart(start('v1.83.0', { knowsV2: true })).reason).toContain('started with DISABLE_SCHEMA_UPDATE=True or USE_V2_MIGRATION_RESOLVER=true');
    expect(judgeStart(start('main-stable')).reason).toContain('cannot be told from its name');
    expect(judgeStart(start('v1.81.14', { configDisables: false, environment: { DISABLE_SCHEMA_UPDATE: 'True' } }))).toMatchObject({ safe: false, needs: [], reason: expect.stringContaining('set it to true, or remove it') as string });
    expect(judgeStart(start('v1.77.2', { environment: { LITELLM_MIGRATION_DIR: '/m' } }))).toMatchObject({ safe: true, reason: expect.stringContaining('LITELLM_MIGRATION_DIR') as string });
    expect(judgeStart(start('v1.81.14'), true)).toMatchObject({ safe: true, needs: [], reason: expect.stringContaining('restores') as string });
  });

  const releases = fc.oneof(
    fc.tuple(fc.constantFrom('main-v', 'v', '', 'x/y:main-v'), fc.nat(2), fc.nat(95), fc.nat(20), fc.constantFrom('', '-stable', '-stable.1', '-stable.patch.2', '-nightly', '-rc.1', '.dev3'))
      .map(([before, major, minor, patch, after]) => `${before}${String(major)}.${String(minor)}.${String(patch)}${after}`),
    fc.string(),
  );
  const starts: fc.Arbitrary<LiteLlmStart> = fc.record({
    release: releases,
    environment: fc.dictionary(fc.constantFrom('DISABLE_SCHEMA_UPDATE', 'USE_V2_MIGRATION_RESOLVER', 'USE_PRISMA_MIGRATE', 'LITELLM_MIGRATION_DIR'), fc.constantFrom('True', 'true', 'TRUE', 'False', '1', '', '/m')),
    command: fc.subarray(['--use_prisma_db_push', '--use_legacy_migration_resolver', '--config', '/app/config.yaml']),
    configDisables: fc.constantFrom(true, false, undefined),
    knowsV2: fc.constantFrom(true, false, undefined),
  }).map(({ configDisables, knowsV2, ...rest }) => ({ ...rest, ...(configDisables === undefined ? {} : { configDisables }), ...(knowsV2 === undefined ? {} : { knowsV2 }) }));

  it('lets none drop anything of a database that is kept, whatever the version and the settings', () => {
    fc.assert(fc.property(starts, (given) => {
      const verdict = judgeStart(given);
      if (!verdict.safe) return;
      // Written apart from the rule: what upstream's code does with these settings.
      const { DISABLE_SCHEMA_UPDATE: off, USE_V2_MIGRATION_RESOLVER: resolver } = given.environment;
      const skipped = off === 'True' && given.configDisables !== false;
      const push = given.command.includes('--use_prisma_db_push');
      const second = given.knowsV2 === true && resolver?.toLowerCase() === 'true' && !given.command.includes('--use_legacy_migration_resolver');
      const [, major, minor, patch] = /(\d+)\.(\d+)\.(\d+)/.exec(given.release)?.map(Number) ?? [];
      const number = (major ?? 0) * 1e6 + (minor ?? 0) * 1e3 + (patch ?? 0);
      const deploysOnly = number >= 1_074_014 && number <= 1_078_000;
      expect(skipped || (!push && (second || deploysOnly))).toBe(true);
    }), { numRuns: 2_000 });
  });

  it('asks only for what makes it safe, and for something unless config.yaml forbids it', () => {
    fc.assert(fc.property(starts, (given) => {
      const { safe, needs } = judgeStart(given);
      for (const more of needs) expect(judgeStart({ ...given, environment: { ...given.environment, ...more } }).safe).toBe(true);
      if (!safe && given.configDisables !== false) expect(needs[0]).toEqual({ DISABLE_SCHEMA_UPDATE: 'True' });
    }), { numRuns: 2_000 });
  });
});
