import { describe, expect, it } from 'vitest';
import { withoutCode } from '../../../src/command/code.js';
import type { ChatCommand, Delivery } from '../../../src/command/command.js';
import { saidToRun } from '../../../src/command/parse-said.js';
import { parseCommand } from '../../../src/command/parse.js';
import { parseWord } from '../../../src/command/parse-word.js';

const parse = (text: string) => parseCommand(text, { command: 'rollback', targets: ['shop'] });

function delivery(command: ChatCommand): Delivery {
  return { id: 'slack:1', actor: { platform: 'slack', userId: 'U1', displayName: 'Alice' }, place: { platform: 'slack', channel: 'C1' }, command };
}

describe('a code is understood', () => {
  it.each<[string, ChatCommand]>([
    ['approve 7KQ 492039', { kind: 'vote', run: '7KQ', choice: 'approve', code: '492039' }],
    ['approve 7KQ 492 039 because 500s', { kind: 'vote', run: '7KQ', choice: 'approve', code: '492039', reason: '500s' }],
    ['skip 7KQ 492039 nobody uses it', { kind: 'answer', run: '7KQ', answer: 'skip', code: '492039', reason: 'nobody uses it' }],
    ['break-glass 7KQ 492039 because nobody answers', { kind: 'break-glass', run: '7KQ', code: '492039', reason: 'nobody answers' }],
    ['break-glass 7KQ', { kind: 'break-glass', run: '7KQ' }],
    ['approve 492039', { kind: 'word', word: 'approve', code: '492039' }],
    ['approve 7KQ because 492039', { kind: 'vote', run: '7KQ', choice: 'approve', code: '492039' }],
    ['approve 7KQ because 492039 requests failed', { kind: 'vote', run: '7KQ', choice: 'approve', reason: '492039 requests failed' }],
    ['approve 7KQ 4920', { kind: 'vote', run: '7KQ', choice: 'approve', reason: '4920' }],
  ])('in %j', (text, command) => { expect(parse(text)).toEqual(command); });

  it.each<[string, ChatCommand]>([
    ['approve 492039', { kind: 'word', word: 'approve', code: '492039' }],
    ['@planb approve 492 039 because it is the registry', { kind: 'word', word: 'approve', code: '492039', reason: 'it is the registry' }],
    ['break-glass because nobody answers', { kind: 'word', word: 'break-glass', reason: 'nobody answers' }],
  ])('as a word in a thread: %j', (text, word) => { expect(parseWord(text)).toEqual(word); });

  it.each(['status 492039', 'approve 492039 please', 'approve 49203'])('but not in %j', (text) => { expect(parseWord(text)).toBeUndefined(); });
});

describe('what is stored', () => {
  it('has the code where it is removed after its judgement, and nowhere else', () => {
    const stored = withoutCode(delivery(parse('approve 7KQ 492039')));
    expect(stored).toMatchObject({ actor: { totp: '492039' }, command: { kind: 'vote', run: '7KQ', choice: 'approve' } });
    expect(JSON.stringify(stored.command)).not.toContain('492039');
  });

  it.each(['aprove 7KQ 492039', 'approve 7KQ? 492 039', 'approve -- 492039'])('has no code that was mistyped around: %j', (text) => {
    expect(JSON.stringify(withoutCode(delivery(parse(text))))).not.toMatch(/492 ?039/);
    expect(JSON.stringify(withoutCode(delivery(saidToRun(text, parse(text)))))).not.toMatch(/492 ?039/);
  });

  it.each(['approve 7KQ because the registry is back 492039', 'retry 7KQ the registry is back 492 039', 'break-glass 7KQ nobody answers 492039.', 'approve because it is the registry 492039', '@planb approve because it is the registry 492039'])('has no code that was typed behind the reason: %j', (text) => {
    for (const command of [parse(text), parseWord(text)]) {
      if (command === undefined) continue;
      const stored = withoutCode(delivery(command));
      expect(JSON.stringify(stored)).not.toMatch(/492 ?039/);
      if ('reason' in stored.command) expect(stored.command.reason).toMatch(/······$/);
      expect(stored.actor).not.toHaveProperty('totp');
    }
  });

  it.each(['approve 7KQ because 492039 requests failed', 'approve 7KQ see INC-492039', 'approve 7KQ order #492039'])('keeps the numbers of a reason: %j', (text) => {
    expect(JSON.stringify(withoutCode(delivery(parse(text))))).toContain('492039');
  });

  it('keeps the numbers of a note', () => {
    const said = saidToRun('order 492039 was lost', parse('order 492039 was lost'));
    expect(withoutCode(delivery(said)).command).toMatchObject({ kind: 'said', text: 'order 492039 was lost' });
  });
});
