import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PlanRequest } from '../../../adapters/cli/services.js';
import { planDigest } from '../../../src/plan/digest.js';
import { tempFolder } from '../../support/temp-folder.js';
import { losing, plan } from '../board/sample-run.js';
import { planb } from './run-planb.js';

const makes = { makePlan: async () => ({ ok: true as const, plan: losing }) };

describe('planb plan', () => {
  it('shows verdict, loss, facts and the exact commands', async () => {
    const said = await planb(['plan', 'litellm'], makes);
    expect(said.code).toBe(0);
    expect(said.out).toContain('LiteLLM proxy 1.82.1 → 1.81.14 (litellm, production, rollback)');
    expect(said.out).toContain('VERDICT  revert and restore the database from a backup');
    expect(said.out).toContain('1,204 rows of LiteLLM_SpendLogs');
    expect(said.out).toContain('free disk, GB: 41 (at least 5), measured');
    expect(said.out).toContain('     docker compose --project-directory /srv/litellm up --detach litellm');
    expect(said.out).toContain('TO DO  docker-compose.yml:12 still names 1.82.1');
  });

  it('asks for what the options say and reports progress beside the result', async () => {
    const asked: PlanRequest[] = [];
    const said = await planb(['plan', 'litellm', '--to', '1.81.14', '--for', 'migration', '--runbook', 'repair', '--json'], { makePlan: async (request, progress) => { asked.push(request); progress('reading'); return { ok: true, plan }; } });
    expect(asked).toEqual([{ target: 'litellm', to: '1.81.14', scope: 'migration', runbook: 'repair' }]);
    expect(JSON.parse(said.out)).toEqual({ ok: true, digest: planDigest(plan), plan });
    expect(said.err).toBe('reading\n');
  });

  it.each([['unknown-release', 3], ['release-is-running', 3], ['bad-runbook', 2], ['missing-secret', 2], ['unreadable', 1]])('%s ends with %i', async (code, exit) => {
    const makePlan = async () => ({ ok: false as const, code, message: 'Because.' });
    expect(await planb(['plan', 'litellm'], { makePlan })).toEqual({ code: exit, out: '', err: 'planb: Because.\n' });
    const json = await planb(['plan', 'litellm', '--json'], { makePlan });
    expect(json.code).toBe(exit);
    expect(JSON.parse(json.out)).toEqual({ ok: false, code, message: 'Because.' });
  });

  it('writes paper for the owner alone, and replaces nothing unasked', async () => {
    const file = join(await tempFolder(), 'night.sh');
    const said = await planb(['plan', 'litellm', '--paper', file], makes);
    expect(said).toMatchObject({ code: 0, out: '' });
    const text = await readFile(file, 'utf8');
    expect(text).toContain('helm rollback litellm 41 --wait');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await planb(['plan', 'litellm', '--paper', file], makes)).toMatchObject({ code: 2, err: expect.stringContaining('exists already') as string });
    expect((await planb(['plan', 'litellm', '--paper', file, '--force'], makes)).code).toBe(0);
    expect((await planb(['plan', 'litellm', '--paper', '-'], makes)).out).toBe(text);
  });
});
