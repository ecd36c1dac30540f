import { describe, expect, it } from 'vitest';
import { chooseRelease, sayRecorded, type ReleaseKnowledge } from '../../../src/plan/choose-release.js';
import type { Release } from '../../../src/plan/plan.js';

const r = (name: string, rest: Partial<Release> = {}): Release => ({ name, ...rest });
const seen = (name: string, bad = false): Release & { readonly bad: boolean } => ({ name, bad });
const known: ReleaseKnowledge = { running: r('1.2.0', { digest: 'sha256:12' }), offered: [r('1.2.0'), r('1.1.0', { digest: 'sha256:11' }), r('1.0.0')], observed: [seen('1.2.0'), seen('1.1.0'), seen('1.0.0')] };

function codeOf(named: string | undefined, of: ReleaseKnowledge): string {
  const choice = chooseRelease(named, of);
  return choice.ok ? choice.value.name : choice.refusal.code;
}

describe('a named release', () => {
  it('is found by name or digest among what can be had', () => {
    expect(chooseRelease('1.1.0', known)).toEqual({ ok: true, value: { name: '1.1.0', digest: 'sha256:11' } });
    expect(codeOf('sha256:11', known)).toBe('1.1.0');
  });

  it('is refused when it runs already, by name or by digest', () => {
    expect(codeOf('1.2.0', known)).toBe('release-is-running');
    expect(codeOf('sha256:12', known)).toBe('release-is-running');
    expect(codeOf('1.2.0', { ...known, offered: [] })).toBe('release-is-running');
    // The tag was moved: what it names now is not what runs.
    expect(codeOf('1.2.0', { ...known, offered: [r('1.2.0', { digest: 'sha256:99' })] })).toBe('1.2.0');
  });

  it('is refused with the nearest right name when it cannot be had', () => {
    expect(chooseRelease('1.1.9', known)).toEqual({ ok: false, refusal: { code: 'unknown-release', details: { release: '1.1.9', releases: '1.2.0, 1.1.0, 1.0.0', nearest: '1.1.0' } } });
  });

  it('is believed when nobody can say what can be had', () => expect(chooseRelease('0.5', { ...known, offered: [] })).toEqual({ ok: true, value: { name: '0.5' } }));
});

describe('without a name', () => {
  it('it is what ran before, with the digest under which it is offered', () => {
    expect(chooseRelease(undefined, known)).toEqual({ ok: true, value: { name: '1.1.0', digest: 'sha256:11' } });
    expect(codeOf(undefined, { ...known, observed: [seen('1.2.0'), seen('1.0.0')] })).toBe('1.0.0');
    expect(codeOf(undefined, { ...known, offered: [] })).toBe('1.1.0');
  });

  it('it is never a release that was taken back, nor one that cannot be had any more', () => {
    expect(codeOf(undefined, { ...known, observed: [seen('1.2.0'), seen('1.1.0', true), seen('1.0.0')] })).toBe('1.0.0');
    expect(codeOf(undefined, { ...known, offered: [r('1.2.0'), r('1.0.0')] })).toBe('1.0.0');
  });

  it('it is the next older offer when nothing was seen, but no moving tag', () => {
    expect(codeOf(undefined, { ...known, observed: [] })).toBe('1.1.0');
    expect(codeOf(undefined, { ...known, observed: [], offered: [r('1.2.0'), r('nightly', { moving: true }), r('1.0.0')] })).toBe('1.0.0');
  });

  it('it is refused when nobody knows', () => {
    expect(codeOf(undefined, { offered: [], observed: [] })).toBe('no-known-good-release');
    expect(codeOf(undefined, { ...known, observed: [], offered: [r('1.3.0'), r('1.2.0')] })).toBe('no-known-good-release');
    expect(codeOf(undefined, { ...known, observed: [seen('1.2.0')], running: r('2.0.0'), offered: [r('1.9.0')] })).toBe('no-known-good-release');
  });
});

describe('with what preflights recorded', () => {
  const recorded = (name: string, rest: Partial<Release> = {}) => ({ name, recordedAt: Date.UTC(2026, 4, 12, 10, 2), ...rest });

  it('the last recorded release that does not run comes before what merely ran', () => {
    const with100 = { ...known, recorded: [recorded('1.2.0'), recorded('1.0.0')] };
    expect(codeOf(undefined, with100)).toBe('1.0.0');
    expect(sayRecorded({ name: '1.0.0' }, with100)).toBe('1.0.0 is the last known good release, recorded by the preflight of 12 May 10:02 UTC');
    expect(sayRecorded({ name: '1.1.0' }, with100)).toBeUndefined();
  });

  it('one that was taken back since, cannot be had, or whose tag was moved is passed over', () => {
    expect(codeOf(undefined, { ...known, observed: [...known.observed, seen('1.0.0', true)], recorded: [recorded('1.0.0')] })).toBe('1.1.0');
    expect(codeOf(undefined, { ...known, recorded: [recorded('0.9.0')] })).toBe('1.1.0');
    const moved = { ...known, offered: [r('1.2.0'), r('1.1.0'), r('1.0.0', { digest: 'sha256:new' })], recorded: [recorded('1.0.0', { digest: 'sha256:old' })] };
    expect(codeOf(undefined, moved)).toBe('1.1.0');
    expect(sayRecorded({ name: '1.0.0', digest: 'sha256:new' }, moved)).toBeUndefined();
  });

  it('it is believed when nobody can say what can be had', () => expect(codeOf(undefined, { ...known, offered: [], recorded: [recorded('0.9.0')] })).toBe('0.9.0'));
});
