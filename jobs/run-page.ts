import { createHmac, timingSafeEqual } from 'node:crypto';
import { buildBoard } from '../src/board/build.js';
import { buildDetails } from '../src/board/details.js';
import type { BoardModel, Details } from '../src/board/model.js';
import { localeOf, type Config } from '../src/config.js';
import type { Store } from '../src/ports/store.js';
import { isTerminal } from '../src/run/state.js';
import { boardView } from './board-view.js';
import { loadRun } from './record.js';

/** What the page of a run shows; the same words as its board and its details. */
export interface RunPageContent {
  readonly board: BoardModel;
  readonly details: Details;
  readonly live: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The key in the link to a run's page: whoever has not been shown the link cannot make it. */
async function runPageKey(store: Store, run: string): Promise<string> {
  return createHmac('sha256', await store.pageSecret()).update(run).digest('base64url').slice(0, 22);
}

/** The link to a run's page, key included; undefined where planb.yaml does not say where people reach planb. */
export async function runPageAddress(parts: { readonly store: Store; readonly config: Config }, run: string): Promise<string | undefined> {
  const { publicUrl } = parts.config;
  return publicUrl === undefined ? undefined : `${publicUrl}/runs/${run}?key=${await runPageKey(parts.store, run)}`;
}

/** Undefined where there is no such run or the key is not its own: a stranger cannot tell the two apart. */
export async function readRunPage(parts: { readonly store: Store; readonly config: Config }, id: string, key: string): Promise<RunPageContent | undefined> {
  const expected = Buffer.from(await runPageKey(parts.store, id));
  const given = Buffer.from(key);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const { state, now } = await loadRun(parts, id);
  if (state.phase === 'new') return undefined;
  const target = parts.config.targets[state.target];
  const locale = localeOf(parts.config, target);
  const view = await boardView(parts, state, locale, now);
  return { board: buildBoard(state, { ...view, readOnly: true }), details: buildDetails(state, view), live: !isTerminal(state), now };
}
