import { z } from 'zod';
import { resolveReferences } from '../../src/config/secret-reference.js';
import type { Target } from '../../src/config.js';
import type { World } from '../../src/ports/world.js';

const text = z.string().trim().min(1);
const machine = z.string().trim().default('');

/** What of the settings of `server-migration` tells where both servers are; `oldPrometheus` and `newPrometheus` may be left out. */
const settings = z.object({
  oldHost: machine, newHost: machine, databasesOn: machine,
  oldProject: text.startsWith('/'), newProject: text.startsWith('/'), oldDatabase: text, newDatabase: text,
  oldPrometheus: text.optional(), newPrometheus: text.optional(),
});

export type CollectSettings = z.output<typeof settings>;

/** Secrets are resolved here, on this machine. The message names settings and references, never values. */
export function collectSettings(target: Target, references: World['references']): { readonly ok: true; readonly settings: CollectSettings } | { readonly ok: false; readonly message: string } {
  const wanted = Object.fromEntries(Object.keys(settings.shape).flatMap((key) => (target.with[key] === undefined ? [] : [[key, target.with[key]]])));
  const resolved = resolveReferences(wanted, references);
  if (!resolved.ok) return { ok: false, message: resolved.problems.map(({ message }) => message).join('; ') };
  const parsed = settings.safeParse(resolved.value);
  if (parsed.success) return { ok: true, settings: parsed.data };
  const names = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))];
  return { ok: false, message: `"${target.id}" says too little about its two servers: ${names.join(', ')} under with: ${names.length === 1 ? 'is' : 'are'} missing or wrong (docs/runbooks/server-migration.md)` };
}
