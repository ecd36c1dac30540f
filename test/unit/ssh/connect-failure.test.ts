import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../adapters/ssh/address.js';
import { masterArguments } from '../../../adapters/ssh/client-arguments.js';
import { connectFailure } from '../../../adapters/ssh/connect-failure.js';

describe('an address', () => {
  it.each([
    ['ssh://deploy@web1', { destination: 'deploy@web1' }],
    ['ssh://web1:2222', { destination: 'web1', port: '2222' }],
    ['ssh://deploy@[2001:db8::1]:22', { destination: 'deploy@2001:db8::1', port: '22' }],
  ])('%s', (address, expected) => {
    expect(parseAddress(address)).toEqual({ address, ...expected });
  });

  it('never stands where ssh would read an option, and never asks', () => {
    const argv = masterArguments({}, parseAddress('ssh://deploy@web1:22'), '/s');
    expect(argv.slice(-4)).toEqual(['-p', '22', '--', 'deploy@web1']);
    expect(argv.join(' ')).toContain('-o BatchMode=yes -o StrictHostKeyChecking=yes');
  });
});

/** As OpenSSH 9.2 says it. */
it.each([
  ['ssh: connect to host web1 port 22: Connection refused\n', 'unreachable', 'ssh://web1 cannot be reached: Connection refused'],
  ['ssh: Could not resolve hostname web1: Name or service not known\n', 'unreachable', 'ssh://web1 cannot be reached: Could not resolve hostname web1: Name or service not known'],
  ['Connection timed out during banner exchange\nConnection to 10.0.0.1 port 22 timed out\n', 'unreachable', 'ssh://web1 cannot be reached: Connection to 10.0.0.1 port 22 timed out'],
  ['No ED25519 host key is known for web1 and you have requested strict checking.\nHost key verification failed.\n', 'host-key', 'not known here'],
  ['@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@\nHost key verification failed.\n', 'host-key', 'is not the one in known_hosts'],
  ['deploy@web1: Permission denied (publickey).\n', 'access-denied', 'Permission denied (publickey)'],
  ['', 'unreachable', 'ssh gave no reason'],
])('%j is %s', (said, code, sentence) => {
  const failure = connectFailure(parseAddress('ssh://web1'), said, false);
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(sentence);
});
