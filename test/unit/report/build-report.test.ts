import { describe, expect, it } from 'vitest';
import { buildReport, isWorthReport } from '../../../src/report/build-report.js';
import type { ReportInput } from '../../../src/report/report-input.js';
import { prose } from '../../../src/report/markdown.js';
import { replay } from '../../../src/run/evolve.js';
import type { RunEvent } from '../../../src/run/events.js';
import { at, begun, failed, losing, passed, plan, posted, prepared, requested, started } from '../board/sample-run.js';

const night: readonly RunEvent[] = [
  requested, posted(losing), ...prepared, begun('revert', '03:17:05'), failed('revert', '03:17:20', 'registry 401, pull denied'),
  { type: 'AnswerGiven', at: at('03:18:00'), step: 'revert', attempt: 1, answer: 'retry', people: ['bob'] },
  begun('revert', '03:18:01', 2), { ...passed('revert', '03:18:30', { image: 'repo/litellm:1.81.14', digest: `sha256:${'22'.repeat(32)}`, containers: ['x'] }), attempt: 2 } as RunEvent,
  { type: 'NoteAdded', at: at('03:19:00'), person: 'carol', text: 'the registry token had *expired* postgresql://u:hunter2@db/x' },
  { type: 'RunEnded', at: at('03:21:00'), outcome: 'finished-not-verified', reason: 'a check was skipped' },
];

function input(events: readonly RunEvent[] = night, rest: Partial<ReportInput> = {}): ReportInput {
  return {
    state: replay('7KQ', events), events, locale: 'en', now: at('04:00'), people: (id) => `${id.slice(0, 1).toUpperCase()}${id.slice(1)}`, liveSince: at('03:01:00'),
    outages: [{ from: at('03:08:00'), until: at('03:19:30'), saw: '503' }], held: 'docker-compose.yml:12 still names 1.82.1', ...rest,
  };
}

describe('a report', () => {
  const text = buildReport(input());
  const sectionOf = (heading: string): string => text.slice(text.indexOf(`## ${heading}`)).split('\n## ')[0] ?? '';

  it('says who asked and approved what where, and what it came to', () => {
    expect(text).toMatch(/^# Post-mortem: LiteLLM proxy 1\.82\.1 → 1\.81\.14 · run 7KQ\n/);
    expect(text).toContain('- **Result**: finished, not verified: a check was skipped');
    expect(text).toContain('- **Asked**: by Alice (Slack), 2026-03-01 03:13:40 UTC');
    expect(text).toContain('- **Why**: 500s since deploy');
    expect(text).toContain('- **Approved**: Alice (Slack), 2026-03-01 03:16:00 UTC; Bob (Telegram), 2026-03-01 03:17:00 UTC');
    expect(text).toContain('- **Outage**: 2026-03-01 03:08:00 UTC – 2026-03-01 03:19:30 UTC (11 min 30 s): 503');
  });

  it('says when the release went live and what first told of it', () => {
    expect(sectionOf('How it began')).toContain('1.82.1 was first seen running 2026-03-01 03:01:00 UTC.\nThe first sign was the health check: 503, 2026-03-01 03:08:00 UTC, 7 min after the release went live.\nA rollback was asked for 5 min 40 s later.');
    expect(buildReport(input(night, { outages: [] }))).toContain("The first sign was the request of Alice, 2026-03-01 03:13:40 UTC; planb's health check saw nothing before it, 12 min 40 s after the release went live.");
    const { liveSince: _unseen, ...unseen } = input();
    expect(buildReport(unseen)).toContain('When 1.82.1 went live is not on record');
  });

  it('tells everything in the order in which it happened, failures too', () => {
    const lines = sectionOf('Timeline').split('\n').filter((line) => line.startsWith('| 2026'));
    expect(lines.map((line) => line.split(' | ')[1]?.replace(/ \|$/, ''))).toEqual(expect.arrayContaining([
      '1.82.1 seen running for the first time', 'the service is down: 503', 'Alice asked (Slack): 500s since deploy', 'Put 1.81.14 back: FAILED, registry 401, pull denied', 'Bob: "Retry" at Put 1.81.14 back',
      'Put 1.81.14 back: started, try 2', 'the service answers again', 'the run ended: finished, not verified',
    ]));
    const times = lines.map((line) => line.slice(2, 21));
    expect([...times].sort()).toEqual(times);
  });

  it('gives each step its duration over all tries and what it proves', () => {
    expect(sectionOf('Steps')).toContain('| 3 | Put 1.81.14 back | done in 29 s, try 2');
    expect(sectionOf('Steps')).toMatch(/\| 1 min 25 s \| 2 \| image repo\/litellm:1\.81\.14/);
  });

  it('names losses, what is left to do and notes', () => {
    expect(sectionOf('What was lost')).toContain('- 1,204 rows of LiteLLM_SpendLogs written since 02:10 UTC');
    expect(sectionOf('Left to do').match(/still names 1\.82\.1/g)).toHaveLength(1);
    expect(sectionOf('Notes that people left')).toContain('Carol: the registry token had \\*expired\\* postgresql://…');
  });

  it("asks the guide's seven questions and answers what the record can", () => {
    const asked = sectionOf('Questions to answer');
    expect(asked.match(/^\d\. \*\*/gm)).toHaveLength(7);
    expect(asked).toContain('4. **How quickly did we find the problem?**\n   On record: 1.82.1 was first seen running');
    expect(asked.match(/Answer:/g)).toHaveLength(7);
  });

  it('holds no secret, no whole digest and no last output', () => {
    expect(text).not.toMatch(/hunter2|[0-9a-f]{64}|last words/);
  });

  it('is Russian for a Russian channel', () => {
    const russian = buildReport(input(night, { locale: 'ru' }));
    expect(russian).toContain('## Вопросы для post-mortem');
    expect(russian).toContain('7. **Как предотвратить это в будущем?**');
    expect(russian).not.toMatch(/Timeline|Asked|Answer:|On record/);
  });

  it('is made of a run that never got a plan, too', () => {
    const events: readonly RunEvent[] = [requested, { type: 'PlanningFailed', at: at('03:14'), code: 'unreadable', message: 'docker does not answer' }, { type: 'RunEnded', at: at('03:14'), outcome: 'planning-failed' }];
    const { liveSince: _none, ...rest } = input(events, { outages: [] });
    expect(buildReport(rest)).toContain('no plan: docker does not answer');
  });
});

it('is worth writing only of runs that began to change something', () => {
  expect(isWorthReport(replay('7KQ', night))).toBe(true);
  expect(isWorthReport(replay('7KQ', night.slice(0, -1)))).toBe(false);
  expect(isWorthReport(replay('7KQ', [requested, posted(plan), { type: 'RunEnded', at: at('03:40'), outcome: 'expired' }]))).toBe(false);
  expect(isWorthReport(replay('7KQ', [requested, posted(plan), ...started, { type: 'RunEnded', at: at('03:40'), outcome: 'stopped' }]))).toBe(false);
});

it('people cannot put markup into it', () => {
  expect(prose('# one | `two` <b>[x](y)')).toBe('\\# one \\| \\`two\\` \\<b\\>\\[x\\](y)');
  expect(prose('line\nbreak a_b _c_')).toBe('line break a_b \\_c\\_');
});
