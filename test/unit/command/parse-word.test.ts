import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWord } from '../../../src/command/parse-word.js';

describe('parseWord', () => {
  it.each<[string, object]>([
    ['retry', { kind: 'word', word: 'retry' }],
    ['@planb Retry!', { kind: 'word', word: 'retry' }],
    ['<@U0PLANB> retry because the registry is back', { kind: 'word', word: 'retry', reason: 'the registry is back' }],
    ['@planb: skip, because "nobody uses it"', { kind: 'word', word: 'skip', reason: 'nobody uses it' }],
    ['STATUS', { kind: 'word', word: 'status' }],
    ['approve', { kind: 'word', word: 'approve' }],
  ])('understands %j', (text, word) => {
    expect(parseWord(text)).toEqual(word);
  });

  it.each(['stop worrying', 'done? I think so', 'retrying', 'please retry', 'stop because', '@planb', '', 'status because', 'approve 7KQ', 'it failed'])('leaves talk alone: %j', (text) => {
    expect(parseWord(text)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => { parseWord(text); }));
  });
});
