import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.js';
import { formatProblem } from '../../../src/yaml/problem.js';

const everything = readFileSync(new URL('../../fixtures/config/planb.yaml', import.meta.url), 'utf8');

function problemsOf(text: string): readonly string[] {
  const parsed = parseConfig(text, 'planb.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

/** A small file that is right, with one part of it replaced. */
function small(changes: { readonly people?: string; readonly groups?: string; readonly channels?: string; readonly target?: string; readonly top?: string } = {}): string {
  return [
    changes.top ?? 'command: rollback',
    `people: ${changes.people ?? '{ alice: { slack: U01ALICE }, bob: { slack: U02BOB } }'}`,
    `groups: ${changes.groups ?? '{ oncall: [alice, bob] }'}`,
    `channels: ${changes.channels ?? '{ ops: { slack: C0123456 } }'}`,
    'targets:',
    '  shop:',
    ...(changes.target ?? 'runbook: app-compose\nchannel: ops\nrequesters: [oncall]').split('\n').map((line) => `    ${line}`),
    '',
  ].join('\n');
}

describe('parseConfig', () => {
  it('reads everything that planb.yaml can say', () => {
    const parsed = parseConfig(everything, 'planb.yaml');
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    const { people, groups, channels, targets, ...rest } = parsed.config;
    expect(rest).toEqual({ command: 'rollback', publicUrl: 'https://planb.example.com', slackWorkspace: 'T0123456', dns: {} });
    expect(people['bob']).toEqual({ id: 'bob', name: 'Bob', slack: 'U02BOB', telegram: '1002' });
    expect(people['alice']).toMatchObject({ name: 'Alice Adams', telegram: '1001', totp: '${env:PLANB_TOTP_ALICE}' });
    expect(groups).toEqual({ oncall: ['alice', 'bob', 'carol'], leads: ['dave'] });
    expect(channels['ops']).toEqual({ id: 'ops', slack: 'C0123456', telegram: { channel: '-1001234', thread: '7' }, locale: 'en' });
    expect(targets['litellm']).toMatchObject({
      id: 'litellm',
      title: 'LiteLLM proxy',
      runbooks: { rollback: 'app-compose', repair: './runbooks/repair.yaml', 'drop-cache': './runbooks/drop-cache.yaml' },
      notify: ['news'],
      approval: { people: 2, from: ['oncall'], expiresMs: 45 * 60_000, requesterCounts: false, escalate: ['leads'] },
      releases: ['main-v1.81.14-stable', '1.81.12'],
      on: 'ssh://deploy@litellm.example.com:22',
    });
    expect(targets['shop']).toEqual({
      id: 'shop',
      title: 'shop',
      environment: 'production',
      runbook: './runbooks/shop.yaml',
      runbooks: { rollback: './runbooks/shop.yaml' },
      channel: 'news',
      notify: [],
      requesters: ['oncall'],
      approval: { people: 2, from: ['oncall'], expiresMs: 30 * 60_000, requesterCounts: true, escalate: [] },
      with: {},
      secrets: [],
      releases: { run: ['bin/releases', '--newest-first'] },
    });
  });

  it('names an unknown key with its place and the nearest right one', () => {
    const text = everything.replace('requesters: [oncall, dave]', 'requestors: [oncall, dave]');
    const line = text.split('\n').findIndex((candidate) => candidate.includes('requestors')) + 1;
    expect(problemsOf(text)).toEqual([
      `planb.yaml:${line - 10}:3 missing key "requesters"`,
      `planb.yaml:${line}:5 unknown key "requestors" (did you mean "requesters"?)`,
    ]);
  });

  it('names several problems at once, by line, unknown names beside unknown keys', () => {
    const text = small({ people: '{ alice: { slak: x, slack: U01ALICE }, bob: { slack: U02BOB } }', groups: '{ oncall: [alice, bbo] }', target: 'runbook: app-compose\nchannel: opps\nrequesters: [oncal]\nreason: x' });
    expect(problemsOf(text)).toEqual([
      'planb.yaml:2:20 unknown key "slak" (did you mean "slack"?)',
      'planb.yaml:3:27 unknown person "bbo" (did you mean "bob"?)',
      'planb.yaml:8:14 unknown channel "opps" (did you mean "ops"?)',
      'planb.yaml:9:18 unknown group or person "oncal" (did you mean "oncall"?)',
      'planb.yaml:10:5 unknown key "reason"',
    ]);
  });

  const target = (extra: string) => small({ target: `runbook: app-compose\nchannel: ops\nrequesters: [oncall]\n${extra}` });
  it.each<[string, string, string]>([
    ['two people with one Slack id', small({ people: '{ alice: { slack: U01ALICE }, bob: { slack: U01ALICE } }' }), '2:53 "bob" and "alice" have the same slack id: one human is one person, with one vote'],
    ['two people with one Telegram id, as number and as text', small({ people: '{ alice: { telegram: 7 }, bob: { telegram: "7" } }' }), '2:52 "bob" and "alice" have the same telegram id: one human is one person, with one vote'],
    ['a person without any id', small({ people: '{ alice: { slack: U01ALICE }, bob: {} }' }), '2:39 "bob" can be nobody\'s sender: give a slack or telegram id, or totp for the command line'],
    ['a Slack name instead of an id', small({ people: '{ alice: { slack: alice }, bob: { slack: U02BOB } }' }), '2:27 expected a Slack user id such as U01ALICE (the command "whoami" tells yours)'],
    ['a group within a group', small({ groups: '{ oncall: [alice, bob], all: [oncall] }' }), '3:39 "oncall" is a group: groups hold people'],
    ['a group called like a person', small({ groups: '{ oncall: [alice, bob], bob: [alice] }' }), '3:33 "bob" is a person already: a name must mean one thing'],
    ['a channel on no platform', small({ channels: '{ ops: { locale: en } }' }), '4:13 channel "ops" is on no platform: give it slack, telegram or both'],
    ['an unknown locale', small({ channels: '{ ops: { slack: C0123456, locale: enn } }' }), '4:45 expected one of "en", "ru" (did you mean "en"?)'],
    ['a target called like a command', small().replace('  shop:', '  status:'), '6:3 a target cannot be called "status": it is a word of the command'],
    ['capitals in an id', small().replace('  shop:', '  Shop:'), '6:3 expected an id of lower-case letters, digits, ".", "_" and "-"'],
    ['more approvals than people', target('approval: { people: 3 }'), '10:25 3 people must approve, but only 2 people may'],
    ['a second factor that the voters do not have', target('approval: { secondFactor: totp }'), '10:17 2 people must approve with a code, but only 0 people of those who may vote have "totp"'],
    ['a second factor of another kind', target('approval: { secondFactor: sms }'), '10:31 expected "totp"'],
    ['break-glass for nobody', target('approval: { breakGlass: [oncal] }'), '10:30 unknown group or person "oncal" (did you mean "oncall"?)'],
    ['a policy that a requester could never meet', target('approval: { requesterCounts: false }'), '10:5 2 people must approve beside the requester, but only 1 person may when "alice" asks'],
    ['a duration without a unit', target('approval: { expires: 30 }'), '10:26 expected a duration such as "90s", "30m", "24h" or "2d": which unit is 30?'],
    ['a duration of no sense', target('approval: { expires: half an hour }'), '10:26 expected a duration such as "90s", "30m", "24h" or "2d", not "half an hour"'],
    ['a reference of an unknown kind', target('with: { key: "${vault:x}" }'), '10:18 ${vault:x} is no reference: write ${env:NAME} or ${file:PATH}'],
    ['a secret instead of its reference', small({ people: '{ alice: { slack: U01ALICE, totp: JBSWY3DP }, bob: { slack: U02BOB } }' }), '2:43 expected a reference, ${env:NAME} or ${file:PATH}, never the secret itself'],
    ['an expression in planb.yaml', target('with: { url: "${{ params.to }}" }'), '10:18 expressions belong in runbooks; planb.yaml takes plain values'],
    ['a number where text belongs', target('runbooks: { repair: 1 }'), '10:25 expected text, found the number 1 (put it in quotes)'],
    ['the rollback under runbooks', target('runbooks: { rollback: x }'), '10:17 the rollback belongs under "runbook"'],
    ['the word of the command as a kind', target('runbooks: { migrate: x }'), '10:17 "migrate" is the command; its runbook goes under "migration"'],
    ['a host that ssh would read as an option', target('on: ssh://-oProxyCommand=x'), '10:9 expected ssh://user@host'],
    ['names that expressions cannot tell apart', target('with: { url: a, URL: b }'), '10:21 "URL" and "url" differ only in case, which expressions ignore'],
    ['a release with a blank', target('releases: ["1.0 beta"]'), '10:16 expected a release: letters, digits and . _ + @ : / -, no blanks'],
    ['neither a list nor a program', target('releases: newest'), '10:15 expected a list or a mapping, found text'],
    ['a secret among a program\'s arguments', target('running: { run: [x, "${env:KEY}"] }'), '10:25 ${env:KEY} is not replaced in a program\'s arguments, which are no place for secrets; let the program read it from a file'],
    ['an unknown key in the program', target('releases: { run: [x], shell: true }'), '10:27 unknown key "shell"'],
    ['a key said twice', target('channel: ops'), '10:5 YAML: Map keys must be unique'],
    ['an alias without its anchor', target('title: *name'), '1:1 YAML: Unresolved alias'],
    ['broken YAML', 'people: [', '1:10 YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ])('refuses %s', (_, text, expected) => {
    const problems = problemsOf(text);
    expect(problems[0]).toContain(`planb.yaml:${expected}`);
    expect(problems).toHaveLength(1);
  });

  it('says what is missing in an empty and in a wrong-shaped file', () => {
    expect(problemsOf('')).toEqual(['planb.yaml:1:1 the file is empty: `planb init` writes a first one']);
    expect(problemsOf('hello')).toEqual(['planb.yaml:1:1 expected a mapping, found text']);
    expect(problemsOf('people: {}')).toEqual(['planb.yaml:1:1 missing key "channels"', 'planb.yaml:1:1 missing key "targets"']);
  });
});
