import { membersOf, rosterOf } from '../src/approval/roster.js';
import { noticeFor, type Occasion } from '../src/board/notices.js';
import type { Config } from '../src/config.js';
import type { PersonId } from '../src/person.js';
import type { OutgoingMessage } from '../src/ports/store.js';
import { isWorthReport } from '../src/report/build-report.js';
import type { RunEvent } from '../src/run/events.js';
import type { RunState } from '../src/run/state.js';
import { stageNotice } from '../src/board/stage-notice.js';
import { stageAddresses, type LocalBoard } from './board-addresses.js';

/**
 * The short new messages that wake people, for the events that need one: a question opened or stays open, drift, the end. Stored with the events, with keys that
 * make a repetition harmless; one a channel.
 */
export function announcements(config: Config, events: readonly RunEvent[], before: RunState, after: RunState, boards: readonly LocalBoard[], voters: readonly PersonId[]): readonly OutgoingMessage[] {
  return [...stages(config, events, after), ...events.flatMap((event, index) => {
    const occasion = occasionOf(event);
    if (occasion === undefined) return [];
    const escalate = membersOf(rosterOf(config), after.plan?.policy.escalate ?? []);
    return boards.flatMap((board): readonly OutgoingMessage[] => {
      if (board.told === true && occasion.kind !== 'ended' && occasion.kind !== 'glass' && occasion.kind !== 'preapproved') return [];
      const notice = noticeFor(after, occasion, { locale: board.locale, now: event.at, people: (id) => config.people[id]?.name ?? id, voters, escalate });
      if (notice === undefined) return [];
      const { platform, channel, thread } = board;
      const place = [after.id, before.version + index + 1, platform, channel, thread ?? ''].join(':');
      const key = `notice:${place}`;
      const asks = event.type === 'PeopleReminded' ? { asks: { question: event.waitingFor, nth: event.nth } } : {};
      const to = { platform, channel, ...(thread === undefined ? {} : { thread }) };
      const report: readonly OutgoingMessage[] = event.type === 'RunEnded' && board.told !== true && isWorthReport(after) ? [{ kind: 'report', key: `report:${place}`, run: after.id, to }] : [];
      return [{ kind: 'notice', key, run: after.id, to, notice, ...asks }, ...report];
    });
  })];
}

/** "Switching DNS", when such a step begins for the first time: one short message a stage, in the order of the events. */
function stages(config: Config, events: readonly RunEvent[], after: RunState): readonly OutgoingMessage[] {
  return events.flatMap((event) => {
    if ((event.type !== 'StepStarted' && event.type !== 'PersonAwaited') || event.attempt !== 1) return [];
    const stage = after.plan?.steps.find(({ id }) => id === event.step)?.stage;
    if (stage === undefined) return [];
    return stageAddresses(config, after.target).map(({ platform, channel, thread, locale }): OutgoingMessage => ({
      kind: 'notice', key: ['stage', after.id, event.step, platform, channel, thread ?? ''].join(':'), run: after.id,
      to: { platform, channel, ...(thread === undefined ? {} : { thread }) }, notice: stageNotice(after, stage, locale),
    }));
  });
}

function occasionOf(event: RunEvent): Occasion | undefined {
  switch (event.type) {
    case 'PeopleReminded':
      return { kind: 'reminder', waitingFor: event.waitingFor, nth: event.nth };
    case 'DriftFound':
      return { kind: 'drift' };
    case 'GlassBroken':
      return { kind: 'glass' };
    case 'PlanPreapproved':
      return { kind: 'preapproved' };
    case 'RunEnded':
      return { kind: 'ended' };
    default:
      return undefined;
  }
}
