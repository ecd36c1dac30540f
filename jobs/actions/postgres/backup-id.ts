import { createHash } from 'node:crypto';

/** Without letters that are mistaken for digits. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** The short id of a dump: eight characters, the same for the same files in the same place, so that nothing is counted twice after a crash. */
export function backupId(machine: string, folder: string, sha256: string): string {
  const hash = createHash('sha256').update(JSON.stringify([machine, folder, sha256])).digest();
  return [...hash.subarray(0, 8)].map((byte) => alphabet[byte % 32]).join('');
}
