import { hex } from '../src/audit/checkpoint.js';
import { buildDetails } from '../src/board/details.js';
import type { Details } from '../src/board/model.js';
import type { Config, Locale } from '../src/config.js';
import type { Store } from '../src/ports/store.js';
import { boardView } from './board-view.js';
import type { LoadedRun } from './record.js';
import { runPageAddress } from './run-page.js';

/** Everything of a run that its board has no room for, with the address of its page. Throws StoreError. */
export async function runDetails(parts: { readonly store: Store; readonly config: Config }, { state, head, now }: Omit<LoadedRun, 'readAt'>, locale: Locale): Promise<Details> {
  const page = await runPageAddress(parts, state.id);
  const { title, sections } = buildDetails(state, { ...(await boardView(parts, state, locale, now)), head: { version: head.version, hash: hex(head.hash) } });
  return { title, sections: page === undefined ? sections : [{ heading: state.id, lines: [[{ link: page.split('?')[0] ?? page, url: page }]] }, ...sections] };
}
