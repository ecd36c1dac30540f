import { checkWatch } from '../watch/check-watch.js';
import type { RunKind } from '../command/command.js';
import { reservedWords } from '../command/words.js';
import { nearestWord } from '../nearest-word.js';
import type { Json } from '../plan/plan.js';
import { findPropertyClashes } from '../yaml/property-names.js';
import type { Finding } from '../yaml/schema-findings.js';
import type { ConfigFile } from './schema.js';
import { findReferences, malformedReferences } from './secret-reference.js';

type TargetFile = ConfigFile['targets'][string];

/** Everything that no single value can show: names that refer to nothing, people who are one, votes that can never suffice. */
export function checkNames(config: ConfigFile): readonly Finding[] {
  return [
    ...checkPeople(config),
    ...checkGroups(config),
    ...Object.entries(config.channels).flatMap(([id, channel]) =>
      channel.slack === undefined && channel.telegram === undefined ? [at(['channels', id], `channel "${id}" is on no platform: give it slack, telegram or both`)] : [],
    ),
    ...Object.entries(config.targets).flatMap(([id, target]) => checkTarget(id, target, config)),
    ...(['people', 'channels', 'targets'] as const).flatMap((section) => (Object.keys(config[section]).length === 0 ? [at([section], `"${section}" is empty`)] : [])),
  ];
}

function checkPeople({ people }: ConfigFile): readonly Finding[] {
  const findings: Finding[] = [];
  for (const platform of ['slack', 'telegram'] as const) {
    const owners = new Map<string, string>();
    for (const [id, person] of Object.entries(people)) {
      const account = person[platform];
      if (account === undefined) continue;
      const owner = owners.get(account);
      if (owner === undefined) owners.set(account, id);
      else findings.push(at(['people', id, platform], `"${id}" and "${owner}" have the same ${platform} id: one human is one person, with one vote`, 'value'));
    }
  }
  const nowhere = Object.entries(people).filter(([, { slack, telegram, totp }]) => slack === undefined && telegram === undefined && totp === undefined);
  return [...findings, ...nowhere.map(([id]) => at(['people', id], `"${id}" can be nobody's sender: give a slack or telegram id, or totp for the command line`))];
}

function checkGroups({ people, groups }: ConfigFile): readonly Finding[] {
  return Object.entries(groups).flatMap(([id, members]) => [
    ...(Object.hasOwn(people, id) ? [at(['groups', id], `"${id}" is a person already: a name must mean one thing`)] : []),
    ...members.flatMap((member, index) => {
      if (Object.hasOwn(people, member)) return [];
      const why = Object.hasOwn(groups, member) ? `"${member}" is a group: groups hold people` : `unknown person "${member}"`;
      return [unknown(['groups', id, index], why, member, Object.keys(people))];
    }),
  ]);
}

function checkTarget(id: string, target: TargetFile, config: ConfigFile): readonly Finding[] {
  const path = ['targets', id];
  const voters = [...Object.keys(config.groups), ...Object.keys(config.people)];
  const channels = Object.keys(config.channels);
  const namesAt = (names: readonly string[], known: readonly string[], what: string, ...key: string[]): readonly Finding[] =>
    names.flatMap((name, index) => (known.includes(name) ? [] : [unknown([...path, ...key, index], `unknown ${what} "${name}"`, name, known)]));

  return [
    ...(reservedWords.includes(id) ? [at(path, `a target cannot be called "${id}": it is a word of the command`)] : []),
    ...(channels.includes(target.channel) ? [] : [unknown([...path, 'channel'], `unknown channel "${target.channel}"`, target.channel, channels)]),
    ...namesAt(target.notify, channels, 'channel', 'notify'),
    ...namesAt(target.requesters, voters, 'group or person', 'requesters'),
    ...namesAt(target.approval.from ?? [], voters, 'group or person', 'approval', 'from'),
    ...namesAt(target.approval.escalate, voters, 'group or person', 'approval', 'escalate'),
    ...namesAt(target.approval.breakGlass ?? [], voters, 'group or person', 'approval', 'breakGlass'),
    ...checkCodes(path, target, config),
    ...checkQuorum(path, target, config),
    ...(target.watch === undefined ? [] : checkWatch([...path, 'watch'], target.watch)),
    ...checkRunbookNames(path, target),
    ...checkValues(path, target),
  ];
}

/** A policy that its own people cannot meet would be found out in the middle of the night. */
function checkQuorum(path: readonly string[], { approval, requesters }: TargetFile, config: ConfigFile): readonly Finding[] {
  const members = (names: readonly string[]) => new Set(names.flatMap((name) => (config.groups[name] ?? [name]).filter((person) => Object.hasOwn(config.people, person))));
  const names = approval.from ?? requesters;
  const voters = members(names);
  // An unknown name is said already; its people cannot be counted.
  if (!names.every((name) => Object.hasOwn(config.groups, name) || Object.hasOwn(config.people, name))) return [];
  const written = [...path, 'approval', 'people'];
  if (voters.size < approval.people) return [at(written, `${approval.people} people must approve, but only ${count(voters.size)} may`, 'value')];
  if (approval.requesterCounts) return [];
  const stuck = [...members(requesters)].find((person) => voters.has(person) && voters.size - 1 < approval.people);
  if (stuck === undefined) return [];
  return [at(written, `${approval.people} people must approve beside the requester, but only ${count(voters.size - 1)} may when "${stuck}" asks`, 'value')];
}

/** With a second factor, whoever has no secret for codes can approve nothing that destroys. */
function checkCodes(path: readonly string[], { approval, requesters }: TargetFile, { people, groups }: ConfigFile): readonly Finding[] {
  if (approval.secondFactor === undefined) return [];
  const able = (names: readonly string[]): number => new Set(names.flatMap((name) => groups[name] ?? [name]).filter((person) => people[person]?.totp !== undefined)).size;
  const voters = able(approval.from ?? requesters);
  return [
    ...(voters < approval.people ? [at([...path, 'approval', 'secondFactor'], `${approval.people} people must approve with a code, but only ${count(voters)} of those who may vote ${voters === 1 ? 'has' : 'have'} "totp"`)] : []),
    ...(approval.breakGlass !== undefined && able(approval.breakGlass) === 0 ? [at([...path, 'approval', 'breakGlass'], 'nobody named here has "totp", and "secondFactor" asks for a code')] : []),
  ];
}

function checkRunbookNames(path: readonly string[], { runbooks }: TargetFile): readonly Finding[] {
  return Object.keys(runbooks).flatMap((name) => {
    const key = [...path, 'runbooks', name];
    if (name === ('rollback' satisfies RunKind)) return [at(key, 'the rollback belongs under "runbook"')];
    if (name === 'migrate') return [at(key, '"migrate" is the command; its runbook goes under "migration"')];
    return [];
  });
}

function checkValues(path: readonly string[], target: TargetFile): readonly Finding[] {
  const values: Record<string, Json> = { with: target.with, ...(target.running === undefined ? {} : { running: target.running }), ...(target.releases === undefined ? {} : { releases: target.releases }) };
  return [
    ...malformedReferences(values).map((problem) => at([...path, ...problem.path], problem.message, 'value')),
    // The program is run as it is written, and its arguments are public on its machine.
    ...findReferences({ running: values['running'] ?? null, releases: values['releases'] ?? null }).map(({ path: inner, text }) => at([...path, ...inner], `${text} is not replaced in a program's arguments, which are no place for secrets; let the program read it from a file`, 'value')),
    ...expressionsIn(values).map((inner) => at([...path, ...inner], 'expressions belong in runbooks; planb.yaml takes plain values', 'value')),
    ...['id', 'title', 'environment'].filter((key) => Object.hasOwn(target.with, key)).map((key) => at([...path, 'with', key], `target.${key} is the target's own ${key} already`)),
    ...findPropertyClashes(target.with).map((clash) => at([...path, 'with', ...clash.path], clash.message)),
  ];
}

function expressionsIn(value: Json, path: readonly PropertyKey[] = []): readonly (readonly PropertyKey[])[] {
  if (typeof value === 'string') return value.includes('${{') ? [path] : [];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, item]) => expressionsIn(item, [...path, Array.isArray(value) ? Number(key) : key])) : [];
}

function count(people: number): string {
  return people === 1 ? '1 person' : `${people} people`;
}

function at(path: readonly PropertyKey[], message: string, part: Finding['part'] = 'key'): Finding {
  return { path, part, message };
}

function unknown(path: readonly PropertyKey[], message: string, word: string, known: readonly string[]): Finding {
  const nearest = nearestWord(word, known);
  return { path, part: 'value', message, ...(nearest === undefined ? {} : { nearest }) };
}
