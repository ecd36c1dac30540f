import { z } from 'zod';
import { situationKey } from '../../src/migration/seen-facts.js';
import { sayValues } from '../../src/dns/record.js';
import type { JsonObject } from '../../src/plan/plan.js';
import type { SeenName } from '../../src/migration/scenario.js';
import type { Action, ActionContext } from '../../src/ports/action.js';
import { DnsError } from '../../src/ports/dns.js';
import { readLive } from './dns/live-records.js';
import { recordsInput } from './dns/records-input.js';

const input = z.strictObject({
  provider: z.string().min(1),
  records: recordsInput,
  /** Those that move before the others. */
  first: recordsInput.optional(),
});
type Input = z.output<typeof input>;

/** Where the names of a migration lead, and what the target's runs say: which way back fits rests on it. */
export const migrationSituationAction: Action<Input> = {
  name: 'migration.situation',
  summary: 'Reads where the names of a migration lead, when a run switched them, and what the last migration left open.',
  input,
  remote: 'irrelevant',
  measuresOnly: true,
  defaultTimeoutMs: 2 * 60_000,
  inspect: async (context, given) => {
    const [names, { switched, took, open }] = await Promise.all([lookAtNames(context, given), context.records.migrations()]);
    const value: JsonObject = {
      names: names.map(({ name, leads, why }) => ({ name, leads, ...(why === undefined ? {} : { why }) })), open,
      switched: switched === undefined ? null : { ...switched }, took: Object.fromEntries(Object.entries(took).map(([scenario, each]) => [scenario, { ...each }])),
    };
    return [{ key: situationKey, kind: 'measured', label: 'where DNS leads, and what earlier runs say', value, readAt: new Date(context.now()).toISOString() }];
  },
  describe: ({ records, first = [] }, { facts }) => ({
    commands: [...first, ...records].map(({ name, type, from, to }) => `dig +short ${type} ${name}   # old server: ${from.join(', ')}; new server: ${to.join(', ')}`),
    effect: 'read', destructive: false, changes: [],
    ...(facts.length === 0 ? {} : { estimateMs: 1_000 }),
  }),
  execute: async (context, given) => {
    const names = await lookAtNames(context, given);
    for (const { name, leads, why } of names) context.log(`${name}: ${leads}${why === undefined ? '' : `, ${why}`}`);
    return { ok: true, receipt: { names: Object.fromEntries(names.map(({ name, leads }) => [name, leads])) } };
  },
};

/** What could not be read is said, and people choose. */
async function lookAtNames(context: ActionContext, { provider, records: main, first = [] }: Input): Promise<readonly SeenName[]> {
  const records = [...first, ...main];
  try {
    const { live } = await readLive(context, provider, records);
    return live.map(({ set: { name, values }, state }) => (state === 'other' ? { name, leads: 'elsewhere', why: sayValues(values) } : { name, leads: state === 'to' ? 'new' : 'old' }));
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof DnsError)) throw error;
    return records.map(({ name }) => ({ name, leads: 'unread', why: context.mask(error.message) }));
  }
}
