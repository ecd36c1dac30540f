import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

/** What the proxy's keys are and would be, by fingerprint; null: not set. */
export const encryptionKeysSchema = z.object({
  keys: z.record(z.string(), z.object({ running: z.string().nullable(), next: z.string().nullable() })),
  /** The key that encrypts what is stored; null where none is set. */
  encrypts: z.string().nullable(),
  /** Why the older release must not be started so, a sentence without its end; null: nothing changes. */
  problem: z.string().nullable(),
});
export type EncryptionKeys = z.output<typeof encryptionKeysSchema>;

type Variables = ReadonlyMap<string, string>;

/**
 * Compares the keys that containers run with and those of the next start. The salt key encrypts the credentials in the database, and where it is not set the master key does
 * (litellm/proxy/common_utils/encrypt_decrypt_utils.py): with another one they cannot be read any more. `masterKey` names the variable of the master key. `scope` makes fingerprints of
 * two targets differ.
 */
export async function compareKeys(running: readonly Variables[], next: Variables, masterKey: string, scope: string): Promise<EncryptionKeys> {
  const names = ['LITELLM_SALT_KEY', masterKey];
  const entries = await Promise.all(names.map(async (name) => [name, {
    running: await fingerprint(running[0]?.get(name), name, scope),
    next: await fingerprint(next.get(name), name, scope),
  }] as const));
  const encrypts = names.find((name) => running.some((variables) => variables.has(name))) ?? null;
  const uneven = names.find((name) => new Set(running.map((variables) => variables.get(name))).size > 1);
  const changed = running.length === 0 ? undefined : names.find((name) => running[0]?.get(name) !== next.get(name));
  return { keys: Object.fromEntries(entries), encrypts, problem: uneven !== undefined ? `the containers run with different values of ${uneven}` : problemOf(changed, encrypts, next) };
}

function problemOf(changed: string | undefined, encrypts: string | null, next: Variables): string | null {
  if (changed === undefined) return null;
  const how = next.has(changed) ? 'would have another value at the next start than it runs with' : 'would not be set at the next start';
  const sorry = 'the credentials in the database could not be read any more';
  // A salt key where the master key has encrypted so far is as bad as another salt key.
  if (changed === 'LITELLM_SALT_KEY') return `${changed} ${how}: ${sorry}`;
  return encrypts === changed ? `${changed} ${how}, and it encrypts since LITELLM_SALT_KEY is not set: ${sorry}` : `${changed} ${how}: change it apart from a rollback`;
}

const derive = promisify<string, string, number, Buffer>(scrypt);

/** Slow to guess back, and short: it only has to tell that a key changed. */
async function fingerprint(value: string | undefined, name: string, scope: string): Promise<string | null> {
  return value === undefined ? null : (await derive(value, `planb ${name} ${scope}`, 4)).toString('hex');
}
