import { describe, expect, it } from 'vitest';
import { mayHaveMoved, pastMigration } from '../../../src/migration/past.js';
import { isReturnMeant } from '../../../src/migration/which-way-back.js';
import type { VerdictScenario } from '../../../src/verdict/verdict.js';
import { emptyRun, type RunState, type StepState } from '../../../src/run/state.js';
import { minute, planOf, step, t0 } from '../run/sample.js';

const hour = 60 * minute;

interface Told {
  readonly reverse?: boolean;
  readonly status?: StepState['status'];
  readonly changed?: number;
  readonly error?: string;
}

/** An ended run whose DNS steps came out so, in order. */
function ran(id: string, kind: RunState['kind'], at: number, moves: readonly Told[], rest: Partial<RunState> = {}): RunState {
  const steps = moves.map(({ reverse = false }, index) => step(`dns-${String(index)}`, { uses: 'dns.switch', with: { reverse } }));
  return {
    ...emptyRun(id), phase: 'ended', kind, outcome: 'verified', startedAt: at, endedAt: at + 10 * minute, plan: planOf(steps, { kind }),
    steps: moves.map(({ status = 'succeeded', changed = 1, error }, index): StepState => ({
      id: `dns-${String(index)}`, status, attempt: 1, firstStartedAt: at + index * minute,
      ...(status === 'succeeded' ? { receipt: { changed, switchedAt: new Date(at + index * minute + 1_000).toISOString() } } : {}), ...(error === undefined ? {} : { error: { code: error, message: error } }),
    })),
    ...rest,
  };
}

/** A step whose worker died: what a probe says of it carries the probe's own time. */
function found(id: string): Partial<RunState> {
  const { steps, plan } = ran(id, 'migration', t0, [{}]);
  return { ...(plan === undefined ? {} : { plan }), steps: steps.map((one) => ({ ...one, startedAt: t0, receipt: { changed: 1, switchedAt: new Date(t0 + hour).toISOString() } })) };
}

describe('when DNS was switched', () => {
  it.each<[string, readonly RunState[], unknown]>([
    ['by no run', [], undefined],
    ['by the first stage of the newest migration', [ran('B', 'migration', t0, [{}, {}]), ran('A', 'migration', t0 - hour, [{}])], { at: t0 + 1_000, run: 'B', certain: true }],
    ['not by a stage that found it done already', [ran('A', 'migration', t0, [{ changed: 0 }, {}])], { at: t0 + minute + 1_000, run: 'A', certain: true }],
    ['not by one that the server refused', [ran('A', 'migration', t0, [{ status: 'abandoned', error: 'dns-refused' }])], undefined],
    ['perhaps by one whose outcome nobody knows', [ran('A', 'migration', t0, [{ status: 'abandoned' }])], { at: t0, run: 'A', certain: false }],
    ['and back by a return', [ran('B', 'rollback', t0 + hour, [{ reverse: true }]), ran('A', 'migration', t0, [{}])], undefined],
    ['and back by a return that found it done', [ran('B', 'rollback', t0 + hour, [{ reverse: true, changed: 0 }]), ran('A', 'migration', t0, [{}])], undefined],
    ['and not back by a return that brought back one of its stages', [ran('B', 'rollback', t0 + hour, [{ reverse: true }, { reverse: true, status: 'not-run' }]), ran('A', 'migration', t0, [{}])], { at: t0 + 1_000, run: 'A', certain: true }],
    ['and not back where the server refused the first stage', [ran('B', 'rollback', t0 + hour, [{ reverse: true, status: 'skipped', error: 'dns-refused' }, { reverse: true }]), ran('A', 'migration', t0, [{}])], { at: t0 + 1_000, run: 'A', certain: true }],
    ['when its attempt began, where a probe found it an hour later', [{ ...ran('A', 'migration', t0, []), ...found('A') }], { at: t0, run: 'A', certain: true }],
    ['and perhaps back: the switch still counts', [ran('B', 'rollback', t0 + hour, [{ reverse: true, status: 'abandoned' }]), ran('A', 'migration', t0, [{}])], { at: t0 + 1_000, run: 'A', certain: true }],
    ['runs that touched no DNS do not matter', [ran('B', 'preflight', t0 + hour, []), ran('A', 'migration', t0, [{}])], { at: t0 + 1_000, run: 'A', certain: true }],
  ])('%s', (_, runs, expected) => {
    expect(pastMigration(runs).switched).toEqual(expected);
  });
});

describe('what the last migration left open', () => {
  const stopped = ran('A', 'migration', t0, [], {
    outcome: 'stopped', plan: planOf([step('new-lives', { name: 'The new server lives' })], { kind: 'migration', todo: ['DROP DATABASE old_kept;'] }),
    steps: [{ id: 'new-lives', status: 'abandoned', attempt: 1, error: { code: 'not-healthy', message: '503' } }],
  });

  it('steps, what was to be done, and questions that nobody answered', () => {
    expect(pastMigration([stopped]).open).toEqual(['run A: "The new server lives" did not succeed: 503', 'run A, to do: DROP DATABASE old_kept;', 'run A: nobody answered the questions of its post-mortem (planb report A)']);
  });

  it('notes, of the return from it too; older migrations not', () => {
    const scenario: VerdictScenario = { kind: 'just-switched', by: 'facts', reachable: true, expectedMs: [0, 0] };
    const back = ran('B', 'rollback', t0 + hour, [], { plan: planOf([], { verdict: { kind: 'revert-only', reasons: [], lost: [], scenario } }), notes: [{ person: 'bob', at: t0, text: 'raise shared_buffers first' }] });
    expect(pastMigration([back, ran('A', 'migration', t0, []), stopped])).toMatchObject({ open: ['run B: bob noted: raise shared_buffers first'], took: { 'just-switched': { ms: 10 * minute, run: 'B' } } });
  });

  it('nothing before the first', () => { expect(pastMigration([]).open).toEqual([]); });
});

describe('"take it back" means the old server', () => {
  const kept = 48 * hour;
  const now = t0 + hour;
  const scenario: VerdictScenario = { kind: 'just-switched', by: 'facts', reachable: true, expectedMs: [0, 0] };
  const returned = (outcome: 'verified' | 'stopped'): RunState => ran('B', 'rollback', t0 + minute, [], { outcome, plan: planOf([], { verdict: { kind: 'revert-only', reasons: [], lost: [], scenario } }) });
  const never = { ...ran('R', 'rollback', t0, []), outcome: 'rejected' as const };
  const { startedAt: _started, ...rejected } = never;

  it.each<[string, readonly RunState[], boolean]>([
    ['after a migration', [ran('A', 'migration', t0, [{}])], true],
    ['after one that was stopped', [ran('A', 'migration', t0, [{}], { outcome: 'stopped' })], true],
    ['also when a preflight, or a rollback that was rejected, came since', [ran('P', 'preflight', t0, []), rejected, ran('A', 'migration', t0, [{}])], true],
    ['not after an upgrade since', [ran('U', 'upgrade', t0, []), ran('A', 'migration', t0, [{}])], false],
    ['not once it was taken back', [returned('verified'), ran('A', 'migration', t0, [{}])], false],
    ['again where the return was stopped half way', [returned('stopped'), ran('A', 'migration', t0, [{}])], true],
    ['not when the old server is kept no longer', [ran('A', 'migration', t0 - 49 * hour, [{}])], false],
    ['not of a target that never moved', [], false],
  ])('%s', (_, runs, expected) => { expect(isReturnMeant(runs, now, kept)).toBe(expected); });
});

describe('runs that are looked at for it', () => {
  it.each<[Parameters<typeof mayHaveMoved>[0], boolean]>([
    [{ kind: 'migration', outcome: 'verified' }, true], [{ kind: 'rollback', outcome: 'stopped' }, true], [{ kind: 'upgrade', outcome: 'finished-not-verified' }, true], [{ kind: 'rollback' }, true],
    [{ kind: 'rollback', outcome: 'rejected' }, false], [{ kind: 'rollback', outcome: 'expired' }, false], [{ kind: 'rollback', outcome: 'planning-failed' }, false], [{ kind: 'rollback', outcome: 'nothing-to-do' }, false],
    [{ kind: 'verify', outcome: 'verified' }, false], [{ kind: 'preflight', outcome: 'verified' }, false],
  ])('%j: %s', (run, expected) => { expect(mayHaveMoved(run)).toBe(expected); });
});
