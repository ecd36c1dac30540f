import type { StreamRow } from './key-stream.js';

/** The same key on both servers, or on one of them. */
export interface RowPair {
  readonly from?: StreamRow;
  readonly to?: StreamRow;
}

/** Merges two streams that are sorted by `id`. */
export async function* mergeRows(from: AsyncGenerator<StreamRow, undefined>, to: AsyncGenerator<StreamRow, undefined>): AsyncGenerator<RowPair> {
  const [first, second] = await Promise.all([from.next(), to.next()]);
  let [a, b] = [first.value, second.value];
  while (a !== undefined || b !== undefined) {
    if (a !== undefined && (b === undefined || a.id < b.id)) {
      yield { from: a };
      a = (await from.next()).value;
    } else if (b !== undefined && (a === undefined || b.id < a.id)) {
      yield { to: b };
      b = (await to.next()).value;
    } else if (a !== undefined && b !== undefined) {
      yield { from: a, to: b };
      const next = await Promise.all([from.next(), to.next()]);
      [a, b] = [next[0].value, next[1].value];
    }
  }
}
