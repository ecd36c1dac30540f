import { describe, expect, it } from 'vitest';
import { judge, judgeRequest, type Said, type Saying } from '../../../../src/approval/judge.js';
import { planDigest } from '../../../../src/plan/digest.js';
import { actorOf, occurs, roles, roster, type Role } from './roles.js';
import { hasButton, paths, ruled, rules, words, type Case, type Path, type Word } from './rules.js';
import { situations, type Situation } from './situations.js';

const standing = { roster, from: ['oncall'], requesters: ['askers'] };

function sayingOf(word: Word): Saying {
  switch (word) {
    case 'approve':
    case 'reject':
      return { kind: 'vote', choice: word };
    case 'break-glass':
    case 'break-glass without a reason':
      return { kind: 'break-glass' };
    case 'note':
      return { kind: 'note', text: 'the registry is back' };
    default:
      return { kind: 'answer', answer: word };
  }
}

/** As jobs/deliveries makes it of what arrives. */
function saidBy({ role, word, situation, path }: Case): Said {
  const way = paths[path];
  const button = 'button' in way ? way.button : undefined;
  return {
    saying: sayingOf(word), actor: actorOf(role, way.platform), proof: way.proof,
    ...(word === 'break-glass' ? { reason: 'nobody answers' } : {}),
    ...(button === undefined ? {} : { meaning: { action: word, ...meaningOf(word, situation, button === 'old') }, foreignButton: button === 'copied' }),
  };
}

function meaningOf(word: Word, { plan, waits, state }: Situation, old: boolean): { readonly digest?: string; readonly step?: string; readonly attempt?: number } {
  if (word === 'approve' || word === 'reject') return { digest: plan === undefined || old ? '0'.repeat(64) : planDigest(plan) };
  if (word === 'stop' && waits === undefined) return {};
  const step = state.steps[0]?.id ?? 'revert';
  return { step, attempt: (state.steps[0]?.attempt ?? 1) - (old ? 1 : 0) };
}

function outcomeOf(of: Case): string {
  const decision = judge(saidBy(of), standing, of.situation.state, of.situation.now);
  return decision.ok ? decision.value.map(({ type }) => type).join(' ') : decision.refusal.code;
}

const cases: readonly Case[] = situations.flatMap((situation) => (Object.keys(paths) as Path[]).flatMap((path) => roles.flatMap((role) => words.flatMap((word) => {
  const possible = occurs(role, paths[path].platform) && (!('button' in paths[path]) || hasButton(word));
  return possible ? [{ situation, path, role, word }] : [];
}))));

describe('role × word × state × path', () => {
  it('comes out as the rules say, for the whole product', () => {
    expect(cases.length).toBeGreaterThan(50_000);
    const wrong = cases.flatMap((one) => {
      const [is, must] = [outcomeOf(one), ruled(one)];
      return is === must ? [] : [`${one.role} says ${one.word} by ${one.path} to "${one.situation.name}": ${is}, not ${must}`];
    });
    expect(wrong.slice(0, 20)).toEqual([]);
  });

  it('needs every rule', () => {
    const unused = new Set(rules.map((_, index) => index));
    for (const one of cases) unused.delete(rules.findIndex(([when]) => when(one)));
    expect([...unused].map((index) => String(rules[index]?.[1]))).toEqual([]);
  });

  it('starts nothing by itself: no word is an event that lets a step begin', () => {
    const events = new Set(cases.flatMap((one) => {
      const decision = judge(saidBy(one), standing, one.situation.state, one.situation.now);
      return decision.ok ? decision.value.map(({ type }) => type) : [];
    }));
    expect([...events].sort()).toEqual(['AnswerGiven', 'AnswerProposed', 'GlassBroken', 'NoteAdded', 'RunEnded', 'RunEnding', 'StopRequested', 'VoteCast']);
  });
});

describe('a request', () => {
  const expected: Readonly<Record<Role, string>> = {
    'requester': 'may ask', 'asker': 'may ask', 'voter': 'not-a-requester', 'left': 'not-a-requester', 'lead': 'not-a-requester', 'known': 'not-a-requester', 'stranger': 'not-a-person',
    'bot': 'bot-sender', 'guest': 'guest-sender', 'foreigner': 'other-workspace', 'unsaid workspace': 'other-workspace', 'anonymous': 'anonymous-sender',
  };

  it.each(roles.flatMap((role) => (['slack', 'telegram', 'cli'] as const).filter((platform) => occurs(role, platform)).map((platform) => [role, platform] as const)))('of %s by %s', (role, platform) => {
    const decision = judgeRequest(actorOf(role, platform), standing, 'shop');
    expect(decision.ok ? 'may ask' : decision.refusal.code).toBe(expected[role]);
  });
});
