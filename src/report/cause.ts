import type { SeenOutage } from '../ports/preflights.js';
import { prose } from './markdown.js';
import type { ReportInput } from './report-input.js';
import type { Speech } from './speech.js';

/** The outage that the run is about: the last one that had begun when it was asked for and was not over then, else the first one of its time. */
export function outageOf({ state, outages }: ReportInput): SeenOutage | undefined {
  const during = outages.filter(({ until }) => until === undefined || until >= state.requestedAt);
  return during.filter(({ from }) => from <= state.requestedAt).at(-1) ?? during[0];
}

/** When the release went live and what first told that it is bad. Empty for a run that leaves no release. */
export function howItBegan(input: ReportInput, { words, moment, duration }: Speech): readonly string[] {
  const { state, liveSince } = input;
  const from = state.plan?.from;
  if (from === undefined || state.kind !== 'rollback') return [];
  const release = prose(from.name, 80);
  const live = liveSince === undefined ? words.notSeen(release) : words.live(release, moment(liveSince));
  const outage = firstSign(input);
  const at = outage?.from ?? state.requestedAt;
  const sign = outage === undefined ? words.signs.request(prose(input.people(state.requester), 80), moment(at)) : words.signs.outage(prose(outage.saw, 120), moment(at));
  const since = liveSince === undefined || at < liveSince ? '' : `, ${words.signs.after(duration(at - liveSince))}`;
  return [live, `${sign}${since}.`, ...(outage === undefined ? [] : [words.signs.asked(duration(state.requestedAt - outage.from))])];
}

/** The first time that the health check saw the release fail, before anybody asked. */
function firstSign({ state, outages, liveSince = 0 }: ReportInput): SeenOutage | undefined {
  return outages.find(({ from, until }) => from <= state.requestedAt && (until ?? Infinity) >= liveSince);
}
