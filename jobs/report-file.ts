import { localeOf, type Config, type Locale } from '../src/config.js';
import type { ChatFile } from '../src/ports/chat.js';
import { headStatement } from '../src/audit/bundle.js';
import { hex } from '../src/audit/checkpoint.js';
import type { Signer } from '../src/ports/signer.js';
import type { RunHead, Store } from '../src/ports/store.js';
import type { ReportInput } from '../src/report/report-input.js';
import { buildReport } from '../src/report/build-report.js';
import { subjectLine } from '../src/board/subject.js';
import { speechOf } from '../src/report/speech.js';
import { replay } from '../src/run/evolve.js';
import type { RunState } from '../src/run/state.js';

/** Where nobody saw the release begin, outages of the day before the request may belong to it. */
const beforeMs = 24 * 3_600_000;

interface ReportParts {
  readonly store: Pick<Store, 'load' | 'observedReleases' | 'outagesOf' | 'heldTargets'>;
  readonly config: Config;
  readonly signer?: Signer;
}

/** The run's report, without `locale` in the language of the target's channel; undefined: there is no such run. Throws StoreError. */
export async function readReport(parts: ReportParts, run: string, locale?: Locale): Promise<ChatFile | undefined> {
  const { config, store } = parts;
  const { events, now, head } = await store.load(run);
  if (events.length === 0) return undefined;
  const state = replay(run, events);
  const spoken = locale ?? localeOf(config, config.targets[state.target]);
  const liveSince = await seenSince(parts, state);
  const [outages, { [state.target]: held }] = await Promise.all([
    store.outagesOf(state.target, liveSince ?? state.requestedAt - beforeMs, state.endedAt ?? now), store.heldTargets(),
  ]);
  const input = {
    state, events, ...recordOf(parts, run, head), locale: spoken, now, people: (id: string) => config.people[id]?.name ?? id, outages, ...(liveSince === undefined ? {} : { liveSince }), ...(held === undefined ? {} : { held }),
  };
  const { words, language } = speechOf(input);
  return { name: `post-mortem-${run}.md`, title: words.title(subjectLine(state, language)), text: buildReport(input) };
}

/** A report that stands in a chat is a witness outside the database. */
function recordOf({ signer }: ReportParts, run: string, { version, hash }: RunHead): Pick<ReportInput, 'head' | 'signed'> {
  const head = { version, hash: hex(hash) };
  return { head, ...(signer === undefined ? {} : { signed: { key: signer.key, signature: signer.sign(headStatement(run, version, head.hash)) } }) };
}

/** By digest: a tag may have named another image before. */
async function seenSince({ store }: ReportParts, { target, plan }: RunState): Promise<number | undefined> {
  const from = plan?.from;
  if (from === undefined) return undefined;
  const seen = (await store.observedReleases(target)).filter(({ name, digest }) => name === from.name && (from.digest === undefined || digest === undefined || digest === from.digest));
  return seen.length === 0 ? undefined : Math.min(...seen.map(({ firstSeen }) => firstSeen));
}
