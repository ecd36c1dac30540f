import { describe, expect, it } from 'vitest';
import type { RegisteredBackup } from '../../../adapters/cli/services.js';
import { planb } from './run-planb.js';

const registered: RegisteredBackup = {
  ok: true, known: false,
  backup: {
    id: 'k3m9x2ab', target: 'shop', database: { system: null, name: 'shop', oid: null }, machine: 'web-1', folder: '/mnt/old.dump', format: 'custom', bytes: 1, sha256: 'a'.repeat(64),
    server: '15.14', pgDump: '15.14', takenAt: 0, proof: { state: 'not-proven' }, state: 'kept',
  },
};

describe('planb backups register', () => {
  it('names a dump by its whole path, and says what it became', async () => {
    const asked: string[] = [];
    const registerBackup = async (target: string, path: string) => { asked.push(`${target} ${path}`); return registered; };
    const said = await planb(['backups', 'register', 'shop', '/mnt/../mnt/old.dump'], { registerBackup });
    expect(asked).toEqual(['shop /mnt/old.dump']);
    expect(said).toMatchObject({ code: 0, out: '✔ /mnt/old.dump is backup k3m9x2ab of shop: database shop, PostgreSQL 15.14, taken 1970-01-01T00:00:00.000Z\n' });
    expect(JSON.parse((await planb(['backups', 'register', 'shop', '/mnt/old.dump', '--json'], { registerBackup })).out)).toMatchObject({ known: false, id: 'k3m9x2ab' });
  });

  it('fails in words', async () => {
    const said = await planb(['backups', 'register', 'shop', '/x'], { registerBackup: async () => ({ ok: false, message: 'there is no dump /x' }) });
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err).toMatch(/planb: there is no dump \/x\n$/);
    expect((await planb(['backups', 'register', 'shop'])).code).toBe(2);
  });
});
