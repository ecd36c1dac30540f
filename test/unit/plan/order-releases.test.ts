import { describe, expect, it } from 'vitest';
import { newestFirst } from '../../../src/plan/order-releases.js';

const order = (...names: string[]): string[] => newestFirst(names.map((name) => ({ name }))).map((release) => release.name);

describe('newestFirst', () => {
  it('orders by version, not by text', () => {
    expect(order('1.9.0', '1.10.0', '1.2.0')).toEqual(['1.10.0', '1.9.0', '1.2.0']);
  });

  it('understands every form of tag that LiteLLM has used', () => {
    expect(order('main-v1.81.12-stable', 'v1.89.4', 'main-v1.81.12-stable.1', 'v1.74.9-stable.patch.1', 'v1.83.0-stable', 'main-v1.81.14-stable', 'v1.74.9-stable'))
      .toEqual(['v1.89.4', 'v1.83.0-stable', 'main-v1.81.14-stable', 'main-v1.81.12-stable.1', 'main-v1.81.12-stable', 'v1.74.9-stable.patch.1', 'v1.74.9-stable']);
  });

  it('puts a release candidate before its version', () => {
    expect(order('2.0.0-rc.1', '2.0.0', '2.0.0-rc.2')).toEqual(['2.0.0', '2.0.0-rc.2', '2.0.0-rc.1']);
  });

  it('reads the tag of a full reference, and keeps names without a version behind, in their order', () => {
    expect(order('nightly', 'registry:5000/shop:1.0.0', 'latest', 'registry:5000/shop:1.1.0')).toEqual(['registry:5000/shop:1.1.0', 'registry:5000/shop:1.0.0', 'nightly', 'latest']);
  });
});
