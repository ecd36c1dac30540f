import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareTags, isMoving, isTag, parseImage } from '../../../jobs/actions/compose/image-reference.js';
import { interpolate, parseEnvFile } from '../../../jobs/actions/compose/interpolate.js';

const id = `sha256:${'a'.repeat(64)}`;

describe('image references', () => {
  it.each([
    ['postgres', { repository: 'postgres' }],
    ['ghcr.io/berriai/litellm:main-v1.81.14-stable', { repository: 'ghcr.io/berriai/litellm', tag: 'main-v1.81.14-stable' }],
    ['localhost:5000/a/b', { repository: 'localhost:5000/a/b' }],
    [`localhost:5000/a:1.0@${id}`, { repository: 'localhost:5000/a', tag: '1.0', digest: id }],
    [id, { repository: '', digest: id }],
  ])('%s', (text, parsed) => {
    expect(parseImage(text)).toEqual(parsed);
  });

  it('tells a release name from a whole reference', () => {
    expect(['1.0.0', 'main-v1.81.12-stable.1', 'latest'].every(isTag)).toBe(true);
    expect([id, 'a/b', 'a:1', 'a@sha256:x', '-x', ''].some(isTag)).toBe(false);
  });

  it('names moving tags and nightlies', () => {
    expect(['latest', 'main', 'main-latest', 'nightly', 'nightly-20260102', '1.81', '15', 'v1.2.3-dev', 'litellm_stable_release_branch'].filter((tag) => !isMoving(tag))).toEqual([]);
    expect(['1.0.0', 'main-v1.81.14-stable', 'v1.74.9-stable.patch.1', 'v1.83.0-rc.1', 'sha-a1b2c3d', '2026-01-02', '4a604fcb7131'].filter(isMoving)).toEqual([]);
  });

  it('orders every form that LiteLLM used, newest first', () => {
    const wanted = ['v1.89.4', 'v1.83.0-stable', 'v1.83.0-rc.1', 'main-v1.81.14-stable', 'main-v1.81.12-stable.1', 'main-v1.81.12-stable', 'v1.74.9-stable.patch.1', 'v1.74.9-stable', 'latest'];
    fc.assert(
      fc.property(fc.shuffledSubarray(wanted, { minLength: wanted.length }), (shuffled) => {
        expect(shuffled.map((tag) => ({ tag, createdAt: 0 })).sort(compareTags).map(({ tag }) => tag)).toEqual(wanted);
      }),
    );
  });
});

describe('variables of a compose file', () => {
  const env = parseEnvFile('# tags\nTAG=1.1.0 # the bad one\nexport QUOTED="a b"\nEMPTY=\nTAG2=\'x#y\'\nTAG=1.2.0\n');

  it('are read from .env with their lines, the last one counting', () => {
    expect(env.get('TAG')).toEqual({ value: '1.2.0', line: 6 });
    expect(env.get('QUOTED')).toEqual({ value: 'a b', line: 3 });
    expect(env.get('TAG2')?.value).toBe('x#y');
    expect(parseEnvFile('TAG=1.1.0 # note').get('TAG')?.value).toBe('1.1.0');
  });

  it.each([
    ['shop:${TAG}', 'shop:1.2.0', ['TAG']],
    ['shop:$TAG', 'shop:1.2.0', ['TAG']],
    ['shop:${NONE:-3.0.0}', 'shop:3.0.0', []],
    ['shop:${EMPTY:-d}${EMPTY-e}', 'shop:d', ['EMPTY']],
    ['shop:${TAG:?needed}', 'shop:1.2.0', ['TAG']],
    ['shop:${TAG:+yes}${NONE:+no}', 'shop:yes', []],
    ['pri$$ce:${NONE}', 'pri$ce:', []],
  ])('%s', (text, filled, from) => {
    expect(interpolate(text, env)).toEqual({ text: filled, from });
  });
});
