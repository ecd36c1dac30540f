import { z } from 'zod';
import type { Json } from '../../../src/plan/plan.js';

const json: z.ZodType<Json> = z.json();

/**
 * What planb writes into a database's comment: it is there as long as the database, it is changed in one transaction with the names, and it can be read from every other database.
 * `restoring`, `checked`: of the new one; `kept`: of the one that was in use before.
 */
const markerSchema = z.strictObject({
  run: z.string(),
  step: z.string(),
  attempt: z.string(),
  stage: z.enum(['restoring', 'checked', 'kept']),
  /** Object id of the database in use when it began; of a kept one: of the database that replaced it. */
  live: z.number(),
  /** Which dump: its files by name, size and time. */
  dump: z.string(),
  /** What the receipt will say, from `checked` on. */
  receipt: z.record(z.string(), json).optional(),
  /** A kept database's own comment. */
  comment: z.string().optional(),
});
export type RestoreMarker = z.output<typeof markerSchema>;

/** The comment: a sentence for whoever comes across the database, and the rest for planb. */
export function writeMarker(marker: RestoreMarker): string {
  const said = marker.stage === 'kept' ? `what was in use until planb run ${marker.run} restored a backup; drop it when nobody needs it any more` : `planb run ${marker.run} restores a backup into it`;
  return `${said} planb ${JSON.stringify(marker)}`;
}

export function readMarker(comment: string | null): RestoreMarker | undefined {
  const text = / planb (\{.*\})$/s.exec(comment ?? '')?.[1];
  if (text === undefined) return undefined;
  try {
    const parsed = markerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
