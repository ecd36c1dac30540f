import { membersOf, rosterOf } from '../../../src/approval/roster.js';
import type { Channel, Config, Person, Target } from '../../../src/config.js';
import { broken, ok, weak, type Check, type Finding } from './finding.js';

/** Who can be reached where. */
export const people: Check = { about: 'people', run: async ({ config }) => (config === undefined ? [] : judgePeople(config)) };

/** Whether each policy can be met by those whom it names. */
export const policies: Check = { about: 'approvals', run: async ({ config }) => (config === undefined ? [] : Object.values(config.targets).map((target) => judgePolicy(target, config))) };

type Platform = 'slack' | 'telegram';

function judgePeople(config: Config): readonly Finding[] {
  const used = (['slack', 'telegram'] as const).filter((platform) => Object.values(config.channels).some((channel) => channel[platform] !== undefined));
  const missing = Object.values(config.people).flatMap((person) => used.filter((platform) => person[platform] === undefined).map((platform) => ({ person, platform })));
  if (missing.length === 0) return [ok('people', `${Object.keys(config.people).length}, each with an id on every platform that is used`)];
  return missing.map(({ person, platform }) => weak('people', `${person.id} has no ${nameOf(platform)} id and is nobody there`, `"/${config.command} whoami" in ${nameOf(platform)} tells the id for people: ${person.id}`));
}

function judgePolicy(target: Target, config: Config): Finding {
  const about = `approvals of ${target.id}`;
  const channel = config.channels[target.channel];
  const roster = rosterOf(config);
  const reachable = membersOf(roster, target.approval.from).filter((id) => canVote(config.people[id], channel));
  const requesters = membersOf(roster, target.requesters);
  // Where the requester's vote does not count, one of the voters may be the one who asks.
  const lost = !target.approval.requesterCounts && requesters.some((id) => reachable.includes(id)) ? 1 : 0;
  const { people: needed } = target.approval;
  const available = reachable.length - lost;
  const names = reachable.length === 0 ? 'nobody' : reachable.join(', ');
  const beside = lost === 0 ? '' : ' beside the one who asks';
  if (available < needed) return broken(about, `${needed} must approve${beside}, but only ${names} can, in ${placesOf(channel)} or by code`, 'give more of them an id there, or name more people under approval.from');
  if (needed === 1) return weak(about, 'one person decides alone', 'set approval.people: 2');
  if (available === needed) return weak(about, `${needed} must approve${beside}, and there are just that many (${names}): one asleep, and nothing can be taken back`, 'name more people under approval.from');
  return ok(about, `${needed} of ${available}${beside}`);
}

function canVote(person: Person | undefined, channel: Channel | undefined): boolean {
  if (person === undefined) return false;
  return person.totp !== undefined || (channel?.slack !== undefined && person.slack !== undefined) || (channel?.telegram !== undefined && person.telegram !== undefined);
}

function placesOf(channel: Channel | undefined): string {
  const places = [...(channel?.slack === undefined ? [] : ['Slack']), ...(channel?.telegram === undefined ? [] : ['Telegram'])];
  return places.length === 0 ? 'no chat' : places.join(' or ');
}

function nameOf(platform: Platform): string {
  return platform === 'slack' ? 'Slack' : 'Telegram';
}
