import { expect, it } from 'vitest';
import { readOrigin, writeOrigin } from '../../../adapters/slack/form/names.js';
import { isMalformed } from '../../../adapters/slack/receive/envelope.js';

it('what a form carried comes back as it was', () => {
  expect(readOrigin(writeOrigin({ channel: 'C1', responseUrl: 'https://hooks.slack.example/x' }))).toEqual({ channel: 'C1', responseUrl: 'https://hooks.slack.example/x' });
});

it.each(['', '{', '"x"', '{}', 'null'])('a form that carries %j is malformed, not a failure of planb', (metadata) => {
  let thrown: unknown;
  try {
    readOrigin(metadata);
  } catch (error) {
    thrown = error;
  }
  expect(isMalformed(thrown)).toBe(true);
});
