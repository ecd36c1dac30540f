import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { planDump } from '../../../jobs/actions/postgres/dump-plan.js';
import { chooseClient } from '../../../jobs/actions/postgres/find-client.js';
import { splitPassword } from '../../../jobs/actions/postgres/libpq-url.js';
import { postgresBackupAction } from '../../../jobs/actions/postgres-backup.js';

const gb = 1_000_000_000;

describe('how a dump is planned', () => {
  it('compresses only where the disk is short', () => {
    expect(planDump(1.1 * gb, 78 * gb, 2, {})).toMatchObject({ compress: 0, jobs: 2 });
    expect(planDump(1.1 * gb, 2 * gb, 2, {})).toMatchObject({ compress: 1 });
  });

  it('never takes more jobs than cores, and says no dump is too large for its own need', () => {
    fc.assert(
      fc.property(fc.nat(100 * gb), fc.nat(500 * gb), fc.integer({ min: 1, max: 64 }), fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }), (tables, free, cores, jobs) => {
        const plan = planDump(tables, free, cores, { jobs });
        expect(plan.jobs).toBeLessThanOrEqual(cores);
        expect(plan.jobs).toBeGreaterThanOrEqual(1);
        // Uncompressed is only chosen where it fits.
        if (plan.compress === 0) expect(plan.needed).toBeLessThanOrEqual(free);
      }),
    );
  });

  it('refuses a plan whose disk would not hold the dump', () => {
    const fact = { key: 'postgres-dump:1', kind: 'measured', label: '', readAt: '', value: { pgDump: ['pg_dump'], jobs: 2, compress: 1, bytes: 9 * gb, needed: 6 * gb, free: 1 * gb } } as const;
    expect(() => postgresBackupAction.describe({ database: '${env:D}' }, { facts: [fact] })).toThrow('the backup may need 6.0 GB and 1.0 GB are free');
  });
});

describe('which pg_dump', () => {
  const client = (major: number) => ({ path: `/${major}`, major, version: `${major}` });
  it('is the lowest that is not older than the server', () => {
    expect(chooseClient([17, 14, 16, 15].map(client), 15)?.major).toBe(15);
    expect(chooseClient([17, 14, 18].map(client), 15)?.major).toBe(17);
    expect(chooseClient([13, 14].map(client), 15)).toBeUndefined();
  });
});

describe('a database URL for programs', () => {
  it.each([
    ['postgresql://u:p%40ss@h:5/d?schema=public&sslmode=require&connection_limit=5', 'postgresql://u@h:5/d?sslmode=require', 'p@ss'],
    ['postgres://u@h1:1,h2:2/d', 'postgres://u@h1:1,h2:2/d', undefined],
    ['postgresql:///d?host=%2Ftmp%2Fa%20b&user=u&password=x', 'postgresql:///d?host=%2Ftmp%2Fa%20b&user=u', 'x'],
    ['postgresql://u:a:b@h/d', 'postgresql://u@h/d', 'a:b'],
  ])('%s loses its password and what libpq does not know', (url, publicUrl, password) => {
    const split = splitPassword(url);
    expect(split.publicUrl).toBe(publicUrl);
    expect(split.env['PGPASSWORD']).toBe(password);
  });

  it('stands for the same place whoever connects', () => {
    expect(splitPassword('postgresql://a:b@h:1/d').short).toBe(splitPassword('postgresql://c@h:1/d?sslmode=disable').short);
    expect(splitPassword('postgresql://a@h:1/d').short).not.toBe(splitPassword('postgresql://a@h:1/e').short);
  });

  it('is never quoted in the error', () => {
    expect(() => splitPassword('mysql://root:topsecret@h/d')).toThrow(/^(?!.*topsecret)/);
  });
});
