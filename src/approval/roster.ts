import type { Config, Person } from '../config.js';
import type { Actor, PersonId } from '../person.js';
import { accept, refuse, type Decision } from '../refusal.js';

/** Who is who: people and groups of planb.yaml, and which workspace's senders count. */
export interface Roster {
  readonly people: Readonly<Record<PersonId, Person>>;
  readonly groups: Readonly<Record<string, readonly PersonId[]>>;
  readonly slackWorkspace?: string;
}

export function rosterOf(config: Config): Roster {
  const { people, groups, slackWorkspace } = config;
  return { people, groups, ...(slackWorkspace === undefined ? {} : { slackWorkspace }) };
}

/** The distinct people behind names of groups or people, in the order in which they are first named. Names of nobody add nobody. */
export function membersOf(roster: Roster, names: readonly string[]): readonly PersonId[] {
  const members = names.flatMap((name) => (Object.hasOwn(roster.groups, name) ? (roster.groups[name] ?? []) : [name]));
  return [...new Set(members)].filter((person) => Object.hasOwn(roster.people, person));
}

/**
 * The person that a platform's sender is. Refused: bots, guests, anonymous administrators, senders of another workspace, and anyone whose id
 * planb.yaml does not have. The command line's code is checked elsewhere: this says who, not whether it is proven.
 */
export function personOf(roster: Roster, actor: Actor): Decision<Person> {
  const details = { platform: actor.platform, userId: actor.userId, displayName: actor.displayName };
  switch (actor.barred) {
    case 'bot':
      return refuse('bot-sender', details);
    case 'guest':
      return refuse('guest-sender', details);
    case 'anonymous-admin':
      return refuse('anonymous-sender', details);
    case 'other-workspace':
      return refuse('other-workspace', details);
    case undefined:
      break;
    default:
      return actor.barred satisfies never;
  }
  // A Slack user id is unique within its workspace only; a sender without one fails closed.
  if (actor.platform === 'slack' && roster.slackWorkspace !== undefined && actor.workspace !== roster.slackWorkspace) return refuse('other-workspace', details);
  const person = Object.values(roster.people).find((candidate) => accountOf(candidate, actor.platform) === actor.userId);
  return person === undefined ? refuse('not-a-person', details) : accept(person);
}

function accountOf(person: Person, platform: Actor['platform']): string | undefined {
  switch (platform) {
    case 'slack':
      return person.slack;
    case 'telegram':
      return person.telegram;
    case 'cli':
      return person.id;
    default:
      return platform satisfies never;
  }
}
