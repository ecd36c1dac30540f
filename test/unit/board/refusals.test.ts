import { describe, expect, it } from 'vitest';
import { refusalReply, refusalSentence } from '../../../src/board/refusals.js';
import { enRefusals } from '../../../src/board/text/en/refusals.js';
import type { ReasonCode, Refusal } from '../../../src/refusal.js';
import { replyText } from '../../support/board-text.js';
import { viewAt } from './sample-run.js';

const codes = Object.keys(enRefusals) as ReasonCode[];
const full: Refusal['details'] = {
  run: '7KQ', target: 'litellm', runbook: 'litellm-compose', release: '1.81.99', running: '1.82.1', step: 'Put 1.81.14 back', parameter: 'too', text: 'rolback', nearest: 'rollback',
  expected: '/rollback <target>', targets: 'litellm, shop', runbooks: 'repair, upgrade', releases: '1.81.14, 1.81.12', parameters: 'to', answers: 'retry, skip, stop', person: 'alice', holder: 'bob',
  requester: 'alice', voters: 'bob, carol', requesters: 'alice, bob', since: '2026-03-01T03:08:00.000Z', until: '2026-03-01T03:44:00.000Z', outcome: 'stopped', given: '1', needed: '2',
  differences: 'image of litellm', name: 'Mallory', platform: 'slack', userId: 'U9',
};
const view = { ...viewAt('03:14'), command: '/rollback' };

function say(code: ReasonCode, details: Refusal['details'] = full, locale: 'en' | 'ru' = 'en'): string {
  return refusalSentence({ code, details }, { ...view, locale });
}

describe('refusals', () => {
  it.each(['en', 'ru'] as const)('has a clear sentence for every reason, with all words and with none (%s)', (locale) => {
    for (const code of codes) {
      for (const details of [full, {}, Object.fromEntries(Object.keys(full).map((key) => [key, '']))]) {
        const sentence = say(code, details, locale);
        expect(sentence, code).toMatch(/^[\p{L}"«/].*[.?]$/u);
        expect(sentence, code).not.toMatch(/undefined|  |\(\)|«»|""|\.\.|T03:/);
        expect(sentence.length, code).toBeLessThanOrEqual(260);
        if (locale === 'ru') expect(sentence, code).toMatch(/[а-я]/);
      }
    }
  });

  it('says who holds a locked target, since when, and links to it', () => {
    const reply = refusalReply({ code: 'target-locked', details: { target: 'litellm', run: '7KQ', holder: 'bob', since: '2026-03-01T03:08:00.000Z', link: 'https://chat.example/p1' } }, view);
    expect(replyText(reply)).toBe('litellm is taken by run 7KQ of Bob since 03:08 UTC. Wait for its end, or stop it: /rollback stop 7KQ.\nOpen the board <https://chat.example/p1>');
  });

  it('names the nearest right word, or else the choices', () => {
    expect(say('unknown-command', { text: 'rolback', nearest: 'rollback' })).toBe('"rolback" is not a command. Did you mean "rollback"? /rollback help lists them all.');
    expect(say('unknown-target', { target: 'litelm', nearest: 'litellm', targets: 'litellm, shop' })).toBe('There is no target "litelm". Did you mean "litellm"? /rollback targets shows them.');
    expect(say('unknown-target', { target: 'x', targets: 'litellm, shop' })).toBe('There is no target "x". There are: litellm, shop. /rollback targets shows them.');
  });

  it('shows people by name and times without their date', () => {
    expect(say('not-a-voter')).toBe('Your word does not count on this run. Ask Bob or Carol. /rollback whoami shows your groups.');
    expect(say('already-voted')).toBe('You have already approved this plan at 03:08 UTC; it needs other people now.');
    expect(say('run-ended', { run: '7KQ', outcome: 'finished-not-verified' }, 'ru')).toBe('Запуск 7KQ закончен (закончено, не проверено), изменить его нельзя. Запросите новый.');
  });

  it('lets no secret through that somebody typed', () => {
    expect(say('malformed-command', { text: 'postgres://u:hunter2@db/x' })).not.toContain('hunter2');
  });
});
