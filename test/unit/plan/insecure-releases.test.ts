import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.js';
import { chooseRelease, sayInsecure, type ReleaseKnowledge } from '../../../src/plan/choose-release.js';
import { isInsecure } from '../../../src/plan/insecure-releases.js';

describe('a release that its owners know to be insecure', () => {
  it.each<[string, readonly string[], boolean]>([
    ['v1.4.1', ['<1.4.2'], true],
    ['v1.4.2', ['<1.4.2'], false],
    ['main-v1.81.12-stable.1', ['>=1.81.0 <1.82.0'], true],
    ['v1.5.0', ['v1.5.0'], true],
    ['v1.5.0', ['1.5.0'], false],
    ['nightly', ['<9.0.0', 'nightly'], true],
    ['nightly', ['<9.0.0'], false],
  ])('%s by %j: %s', (release, insecure, is) => {
    expect(isInsecure(release, insecure)).toBe(is);
  });

  it('is never proposed, whatever says that it was good, and named in the plan of whoever names it', () => {
    const known: ReleaseKnowledge = {
      running: { name: 'v1.5.0' }, offered: ['v1.5.0', 'v1.4.3', 'v1.4.2', 'v1.4.1'].map((name) => ({ name })), insecure: ['v1.4.3', '<1.4.2'],
      observed: [{ name: 'v1.5.0', bad: false }, { name: 'v1.4.3', bad: false }, { name: 'v1.4.1', bad: false }], recorded: [{ name: 'v1.4.3', recordedAt: 0 }],
    };
    expect(chooseRelease(undefined, known)).toEqual({ ok: true, value: { name: 'v1.4.2' } });
    expect(chooseRelease('v1.4.3', known)).toEqual({ ok: true, value: { name: 'v1.4.3' } });
    expect(sayInsecure({ name: 'v1.4.3' }, known)).toBe('v1.4.3 is listed as insecure in planb.yaml: nobody would propose it');
    expect(chooseRelease(undefined, { ...known, insecure: ['<1.5.0'] })).toMatchObject({ ok: false, refusal: { code: 'no-known-good-release' } });
  });

  it('is a name or a range in planb.yaml, nothing else', () => {
    const config = (insecure: string) => parseConfig(`people: { a: { slack: U01A }, b: { slack: U02B } }\nchannels: { ops: { slack: C0123456 } }\ntargets:\n  app: { runbook: app-compose, channel: ops, requesters: [a, b], insecure: [${insecure}] }\n`, 'planb.yaml');
    expect(config('"<1.4.2", v1.5.0')).toMatchObject({ ok: true, config: { targets: { app: { insecure: ['<1.4.2', 'v1.5.0'] } } } });
    expect(config('"<oops"')).toMatchObject({ ok: false, problems: [{ message: 'expected a release, or a range of versions such as "<1.4.2"' }] });
  });
});
