import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { compareShipped } from '../../../jobs/actions/prisma/compare-shipped.js';
import { migrationSource } from '../../../jobs/actions/prisma/migration-source.js';

const migration = z.object({ name: z.string(), sha256: z.string() });
/** What six releases of LiteLLM really ship. */
const { releases } = z
  .object({ releases: z.record(z.string(), z.array(migration)) })
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/litellm-migration-ledger.json', import.meta.url), 'utf8')));
const shipped = (release: string) => new Map((releases[release] ?? []).map((one) => [one.name, one]));
const difference = (current: string, target: string) => compareShipped(shipped(current), shipped(target));

describe('what a newer release ships more', () => {
  it('is counted by name, over all pairs of neighbours', () => {
    const names = Object.keys(releases);
    expect(names).toEqual(['1.77.2', '1.79.1', '1.80.11', '1.81.0', '1.81.9', '1.82.0']);
    expect(names.slice(1).map((name, index) => difference(name, names[index] ?? '').newer.length)).toEqual([7, 18, 7, 6, 25]);
    expect(difference('1.82.0', '1.77.2').newer).toHaveLength(61);
  });

  it('includes what was dated back behind migrations that the older release has', () => {
    const { newer } = difference('1.82.0', '1.81.9');
    const last = [...shipped('1.81.9').keys()].sort().at(-1) ?? '';
    expect(newer.filter((name) => name < last)).toEqual(['20251113000000_add_project_table', '20251113000001_add_project_fields', '20260203120000_add_deprecated_verification_token_table']);
    // As many as a LIMIT by name order would take, and other ones.
    expect([...shipped('1.82.0').keys()].sort().slice(-newer.length)).not.toEqual(newer);
  });

  it('leaves out what a later release took out again, and says so', () => {
    expect(difference('1.81.9', '1.81.0').removed).toEqual(['20251115120021_baseline_diff', '20251115120539_baseline_diff']);
    expect(difference('1.81.0', '1.81.9').newer).toEqual(['20251115120021_baseline_diff', '20251115120539_baseline_diff']);
  });

  it('names what was edited after it was shipped, in either direction', () => {
    expect(difference('1.82.0', '1.81.9').edited).toEqual(['20260131150814_add_team_user_to_vector_stores']);
    expect(difference('1.81.0', '1.81.9').edited).toEqual(['20251119131227_add_prompt_versioning']);
    expect(difference('1.81.0', '1.80.11').edited).toEqual([]);
  });

  it('takes names as they are', () => {
    expect(difference('1.82.0', '1.79.1').newer).toEqual(expect.arrayContaining(['20251122125322_Add organization_id to spend logs', '20251114180624_Add_org_usage_table', '20260108_add_user_email_lower_idx']));
  });

  it('is nothing between a release and itself', () => {
    for (const release of Object.keys(releases)) expect(difference(release, release)).toEqual({ newer: [], removed: [], edited: [] });
  });
});

describe('where migrations are read from', () => {
  it('is one of four', () => {
    for (const source of [
      { directory: '/srv/migrations' },
      { git: { repository: '/srv/app', revision: 'v1.2.3', path: 'prisma/migrations' } },
      { image: 'repo/app:1.0.0' },
      { image: 'repo/app:1.0.0', path: '/srv/migrations' },
      { compose: { project: '/srv/app', service: 'app' } },
      { compose: { project: '/srv/app', service: 'app', release: '1.0.0', path: '/srv/migrations' } },
    ]) expect(migrationSource.parse(source)).toEqual(source);
  });

  it('names one place, whole and of its own', () => {
    for (const source of [
      { directory: 'migrations' },
      { directory: '/srv', image: 'repo/app:1' },
      { image: 'repo/app:1', path: 'migrations' },
      { git: { repository: '/srv/app', revision: '--upload-pack=x', path: 'p' } },
      { git: { repository: '/srv/app', revision: 'v1', path: '../other' } },
      { git: { repository: 'app', revision: 'v1', path: 'p' } },
      { compose: { project: '/srv/app', service: 'app', realease: '1' } },
    ]) expect(migrationSource.safeParse(source).success, JSON.stringify(source)).toBe(false);
  });
});
