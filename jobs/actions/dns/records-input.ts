import { z } from 'zod';
import { readName, readValue, sameValues, sayRecord, sortValues } from '../../../src/dns/record.js';
import type { RecordName } from '../../../src/ports/dns.js';

const list = z.union([z.string(), z.array(z.string()).max(50)]).transform((given): readonly string[] => (typeof given === 'string' ? [given] : given));

const record = z
  .strictObject({
    name: z.string().refine((text) => readName(text) !== undefined, 'expected a whole name such as www.example.org').transform((text) => readName(text) ?? text),
    type: z.enum(['A', 'AAAA', 'CNAME']).default('A'),
    /** Nothing: there is no such record yet. */
    from: list,
    to: list,
  })
  .check(({ value, issues }) => {
    for (const key of ['from', 'to'] as const) {
      const wrong = value[key].find((text) => readValue(value.type, text) === undefined);
      if (wrong !== undefined) issues.push({ code: 'custom', message: `"${wrong}" is no value of a record ${value.type}`, input: value, path: [key] });
      if (value.type === 'CNAME' && value[key].length > 1) issues.push({ code: 'custom', message: 'a CNAME has one value', input: value, path: [key] });
    }
  })
  .transform(({ name, type, from, to }) => ({ name, type, from: sortValues(type, from), to: sortValues(type, to) }));

export const recordsInput = z.array(record).min(1, 'expected at least one record').max(50, 'expected at most 50 records');

/** What all DNS steps are told alike. */
export const recordsFields = {
  records: recordsInput,
  /** Swaps `from` and `to` of each, so that a way there and the way back share one list. */
  reverse: z.boolean().default(false),
};

/** Seconds; more than a week is more than any resolver keeps. */
export const ttlInput = z.number().int().min(1, 'expected whole seconds').max(604_800, 'expected at most a week (604800)');

interface GivenRecords {
  readonly records: z.output<typeof recordsInput>;
  readonly reverse: boolean;
}

/** A record and the two states that the step knows; lists sorted. */
export interface WantedRecord extends RecordName {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export function wantedRecords({ records, reverse }: GivenRecords): readonly WantedRecord[] {
  return reverse ? records.map((each) => ({ ...each, from: each.to, to: each.from })) : records;
}

/** What no record shows by itself: for `z.check`. */
export function checkRecords({ value, issues }: { readonly value: GivenRecords; readonly issues: z.core.$ZodRawIssue[] }): void {
  const seen = new Set<string>();
  for (const [index, each] of wantedRecords(value).entries()) {
    const say = (message: string): void => { issues.push({ code: 'custom', message, input: value, path: ['records', index] }); };
    if (seen.has(sayRecord(each))) say(`${sayRecord(each)} is there twice`);
    seen.add(sayRecord(each));
    if (each.to.length === 0) say(`${sayRecord(each)} would be left without a value`);
    if (sameValues(each.from, each.to)) say(`${sayRecord(each)} has the same values in from and to`);
  }
}
