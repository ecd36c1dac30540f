import { describe, expect, it } from 'vitest';
import { membersOf, personOf, type Roster } from '../../../src/approval/roster.js';
import type { Actor } from '../../../src/person.js';

const roster: Roster = {
  people: {
    alice: { id: 'alice', name: 'Alice', slack: 'U01ALICE', telegram: '1001' },
    bob: { id: 'bob', name: 'Bob', slack: 'U02BOB' },
    carol: { id: 'carol', name: 'Carol', telegram: '1003' },
  },
  groups: { oncall: ['alice', 'bob'], leads: ['carol', 'alice'] },
  slackWorkspace: 'T1',
};
const actor = (changes: Partial<Actor>): Actor => ({ platform: 'slack', userId: 'U01ALICE', displayName: 'al', workspace: 'T1', ...changes });
const outcome = (changes: Partial<Actor>) => {
  const decided = personOf(roster, actor(changes));
  return decided.ok ? decided.value.id : decided.refusal.code;
};

describe('membersOf', () => {
  it('counts a person once, however many names mean them', () => {
    expect(membersOf(roster, ['oncall', 'leads', 'bob', 'nobody'])).toEqual(['alice', 'bob', 'carol']);
  });

  it('is not fooled by what objects inherit', () => {
    expect(membersOf(roster, ['constructor', '__proto__', 'toString'])).toEqual([]);
  });
});

describe('personOf', () => {
  it.each<[string, Partial<Actor>, string]>([
    ['Slack', {}, 'alice'],
    ['the same human on Telegram', { platform: 'telegram', userId: '1001' }, 'alice'],
    ['the command line', { platform: 'cli', userId: 'bob' }, 'bob'],
    ['an unknown Slack id', { userId: 'U09EVE' }, 'not-a-person'],
    ['a Slack id said on Telegram', { platform: 'telegram', userId: 'U01ALICE' }, 'not-a-person'],
    ['a name said on the command line that is an id elsewhere', { platform: 'cli', userId: 'U01ALICE' }, 'not-a-person'],
    ['another workspace', { workspace: 'T2' }, 'other-workspace'],
    ['a Slack sender without a workspace', { platform: 'slack', userId: 'U02BOB', workspace: '' }, 'other-workspace'],
    ['a sender whom the platform calls foreign', { barred: 'other-workspace' }, 'other-workspace'],
    ['a bot', { barred: 'bot' }, 'bot-sender'],
    ['a guest', { barred: 'guest' }, 'guest-sender'],
    ['an anonymous administrator', { platform: 'telegram', userId: '1087968824', barred: 'anonymous-admin' }, 'anonymous-sender'],
  ])('%s', (_, changes, expected) => {
    expect(outcome(changes)).toBe(expected);
  });
});
