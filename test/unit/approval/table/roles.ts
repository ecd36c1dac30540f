import type { Roster } from '../../../../src/approval/roster.js';
import type { Actor, Platform } from '../../../../src/person.js';

/** Everybody who might say something, by what planb.yaml and the platform say of them. */
export const roles = [
  'requester', 'voter', 'left', 'asker', 'lead', 'known', 'stranger', 'bot', 'guest', 'foreigner', 'unsaid workspace', 'anonymous',
] as const;
export type Role = (typeof roles)[number];

/** Those whom planb.yaml has. `left` was among the voters when the votes were cast. */
export const personOfRole: Readonly<Partial<Record<Role, string>>> = { requester: 'alice', voter: 'bob', left: 'carol', asker: 'dave', lead: 'erin', known: 'frank' };

export const workspace = 'T0123456';

const accounts: Readonly<Record<Role, string>> = {
  'requester': '1', 'voter': '2', 'left': '3', 'asker': '4', 'lead': '5', 'known': '6', 'stranger': '99',
  // They carry Bob's own account, so that nothing but what they are keeps them out.
  'bot': '2', 'guest': '2', 'foreigner': '2', 'unsaid workspace': '2', 'anonymous': '2',
};

const barred: Readonly<Partial<Record<Role, NonNullable<Actor['barred']>>>> = { bot: 'bot', guest: 'guest', foreigner: 'other-workspace', anonymous: 'anonymous-admin' };

export const roster: Roster = {
  slackWorkspace: workspace,
  people: Object.fromEntries(Object.entries(personOfRole).map(([role, id]) => {
    const account = accounts[role as Role];
    return [id, { id, name: id, slack: `U${account}`, telegram: `100${account}` }];
  })),
  groups: { oncall: ['alice', 'bob'], leads: ['erin'], askers: ['alice', 'dave'] },
};

/** The sender as an adapter makes it. The shell has nobody whom a platform could bar. */
export function actorOf(role: Role, platform: Platform): Actor {
  const reason = barred[role];
  const userId = platform === 'slack' ? `U${accounts[role]}` : platform === 'telegram' ? `100${accounts[role]}` : (personOfRole[role] ?? 'nobody');
  const team = platform === 'slack' && role !== 'unsaid workspace' ? { workspace } : {};
  return { platform, userId, displayName: role, ...team, ...(reason === undefined ? {} : { barred: reason }) };
}

/** Which platform knows of such a sender. */
export function occurs(role: Role, platform: Platform): boolean {
  if (role === 'anonymous') return platform === 'telegram';
  if (role === 'guest' || role === 'foreigner' || role === 'unsaid workspace') return platform === 'slack';
  return platform !== 'cli' || role !== 'bot';
}
