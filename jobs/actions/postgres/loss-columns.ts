/** A timestamp column, as the catalogue has it. */
export interface TimeColumn {
  readonly name: string;
  readonly zoned: boolean;
  readonly notNull: boolean;
  /** The default's expression; null: none. */
  readonly fallback: string | null;
  /** First column of a valid index. */
  readonly indexed: boolean;
  readonly position: number;
}

/** What the column says of a row: when it came, or when it last changed (then changed rows count as well). */
export interface ChosenColumn extends TimeColumn {
  readonly tells: 'created' | 'changed';
}

/** When a row came, in the words of the frameworks that write them; without case and underscores. */
const created = /^(?:created?(?:at|on|time|date|datetime|ts)?|(?:date|time)?created|creation(?:time|date)|inserted(?:at|on)?|starttime|startedat|added(?:at|on)?|joinedat|datejoined|occurredat|loggedat|eventtime|receivedat|recordedat|timestamp|time|ts|actiontime|applied(?:at)?)$/;
const changed = /^(?:updated?|modified|modification|lastmodified|lastupdated?|changed|edited)(?:at|on|time|date|datetime|ts)?$/;
/** Times that say nothing of when the row came: they may lie long before it, or in the future. */
const elsewhere = /expir|until|valid|next|due|sched|deadline|delet|revok|reset|end|finish|complet|last|used|login|birth|rollback|rolledback|retry|period|window|budget/;

const saysNow = /\b(?:now\(\)|current_timestamp|localtimestamp|transaction_timestamp\(\)|statement_timestamp\(\)|clock_timestamp\(\))/i;

/**
 * The column that tells best when a row came; undefined where none does. A column that may be null and that PostgreSQL does not fill by itself tells nothing of the rows that lack it.
 * Among those that remain: the name first, then whether the default is now(), whether there is an index, and the place in the table.
 */
export function chooseTimeColumn(columns: readonly TimeColumn[]): ChosenColumn | undefined {
  const ranked = columns
    .filter((column) => column.notNull || saysNow.test(column.fallback ?? ''))
    .flatMap((column) => {
      const rank = rankOf(column);
      return rank === undefined ? [] : [{ column, rank }];
    })
    .sort((a, b) => a.rank - b.rank || Number(b.column.indexed) - Number(a.column.indexed) || a.column.position - b.column.position);
  const best = ranked[0];
  return best === undefined ? undefined : { ...best.column, tells: best.rank >= 3 ? 'changed' : 'created' };
}

function rankOf({ name, fallback }: TimeColumn): number | undefined {
  const plain = name.toLowerCase().replaceAll('_', '');
  const now = saysNow.test(fallback ?? '');
  if (created.test(plain)) return now ? 0 : 1;
  if (changed.test(plain)) return 3;
  if (elsewhere.test(plain)) return undefined;
  // Filled with now(), so that is when the row came, whatever it is called.
  return now ? 2 : undefined;
}

/**
 * In which zone a column without one is written. Prisma writes UTC, whatever the session says; elsewhere the default's own words count, else the zone that the server gives a session.
 */
export function zoneOf(column: TimeColumn, seen: { readonly prisma: boolean; readonly session: string }): { readonly zone: string; readonly because: string } | undefined {
  if (column.zoned) return undefined;
  const named = /(?:at time zone|timezone\()\s*\(?'([^']+)'/i.exec(column.fallback ?? '')?.[1];
  if (named !== undefined) return { zone: named, because: 'its default says so' };
  if (seen.prisma) return { zone: 'UTC', because: 'Prisma writes UTC' };
  return { zone: seen.session, because: 'the zone of a session there' };
}
