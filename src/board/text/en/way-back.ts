import { countEnglish } from '../../format.js';

const number = (count: number): string => count.toLocaleString('en-US');
const lead = (names: readonly string[]): string => (names.length === 1 ? 'leads' : 'lead');
const server = { old: 'the old server', new: 'the new server' } as const;
const The = { old: 'The old server', new: 'The new server' } as const;

/** Why a way back from a migration was chosen, and what it leaves behind (src/migration/scenario.ts). */
export const enWayBack = {
  chosen: (scenario: string) => `people chose ${scenario}`,
  unused: (data: string) => `data=${data} is not used: it belongs to scenario=day-later`,
  dns: (parts: readonly string[]) => `DNS: ${parts.length === 0 ? 'no names' : parts.join('; ')}`,
  leads: {
    old: (names: readonly string[]) => `${names.join(', ')} ${lead(names)} to the old server`,
    new: (names: readonly string[]) => `${names.join(', ')} ${lead(names)} to the new server`,
    elsewhere: (names: readonly string[]) => `${names.join(', ')} ${lead(names)} elsewhere`,
    unread: (names: readonly string[]) => `${names.join(', ')} could not be read`,
  },
  noSwitch: 'no run switched DNS',
  switched: (run: string, certain: boolean, time: string, ago: string) => `run ${run} ${certain ? 'switched DNS' : 'began to switch DNS, and nobody knows what came of it,'} at ${time}, ${ago} ago`,
  days: (count: number) => countEnglish(count, 'day'),
  notCounted: (side: 'old' | 'new', why: string) => `${The[side]}: not counted, ${why}`,
  wrote: (side: 'old' | 'new', rows: string | undefined) => `${The[side]} wrote ${rows ?? 'nothing'} since`,
  untold: (tables: readonly string[]) => `; not counted: ${tables.join(', ')}`,
  rows: (count: number, about: boolean, tables: readonly { readonly table: string; readonly rows: number }[], more: number) => {
    const named = [...tables.map(({ table, rows }) => `${table} ${number(rows)}`), ...(more === 0 ? [] : [`and ${more} more tables`])];
    return `${about ? 'about ' : ''}${number(count)} ${count === 1 ? 'row' : 'rows'}${named.length === 0 ? '' : ` (${named.join(', ')})`}`;
  },

  stay: (rows: string) => `${rows} of the new server since the switch; they stay there and are not brought back`,
  stayUncounted: (why: string) => `what the new server wrote since the switch; it could not be counted (${why}), stays there and is not brought back`,
  replaced: (rows: string) => `${rows} of the old server since the switch; they stay in its former database, under another name`,
  replacedUncounted: (why: string) => `what the old server wrote since the switch; it could not be counted (${why}) and stays in its former database, under another name`,
  whileMoving: 'what the new server writes from now until everybody is led back',

  unknownDns: (names: string) => `Whether DNS has moved is not known (${names}), and no receipt says so. Which way back?`,
  unread: 'unread',
  byHand: 'DNS has moved and no run of planb moved it, so when is not known. Which way back?',
  moved: (names: readonly string[]) => `DNS has moved: ${names.join(', ')} ${lead(names)} to ${server.new}, so it cannot be left as it is. Which way back?`,
  movedUnread: (run: string, names: readonly string[]) => `Run ${run} switched DNS, and where ${names.join(', ')} ${lead(names)} now could not be read, so it cannot be left as it is. Which way back?`,
  uncounted: (why: string) => `What the new server wrote since the switch cannot be counted: ${why} Retry once it answers, or go back without its data.`,
  openData: (rows: string) => `More than a day has gone by, and the new server wrote ${rows} since. Bring everything back (data=sync), or accept that it is lost (data=accept)?`,

  stopped: (kind: string, run: string, step: string | undefined) => `${kind} ${run} was stopped${step === undefined ? '' : ` at "${step}"`}`,
  leftOpen: (line: string) => `left open by ${line}`,
  unwatched: 'nobody will watch the new server or be reminded to keep the old one: planb.yaml has no watch: for this target after a migration',
};

/** The words of ways back. */
export type WayBackWords = typeof enWayBack;
