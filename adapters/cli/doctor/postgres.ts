import type { Json } from '../../../src/plan/plan.js';
import { broken, ok, setting, weak, type Check, type Examined, type Finding } from './finding.js';

const about = 'PostgreSQL';
/** Older majors get no security fixes any more. */
const oldestMajor = 13;
/** Votes expire and time-based codes are judged by PostgreSQL's clock. */
const clockToleranceMs = 10_000;

/** planb's own database. */
export const postgres: Check = {
  about,
  run: async ({ env, reach }) => {
    const url = setting(env, 'DATABASE_URL');
    return url === undefined ? embedded(reach) : ask(url, reach);
  },
};

async function embedded(reach: Examined['reach']): Promise<readonly Finding[]> {
  const [newest] = await reach.findPostgres();
  if (newest === undefined) return [broken(about, 'DATABASE_URL is not set and this machine has no PostgreSQL server', 'set DATABASE_URL, or install one (Debian: apt-get install postgresql)')];
  return [weak(about, `embedded, from this machine's PostgreSQL ${newest.major}: the record lives and dies with this machine`, 'for a team, set DATABASE_URL to a server that is backed up')];
}

async function ask(url: string, reach: Examined['reach']): Promise<readonly Finding[]> {
  const database = await reach.connectDatabase(url);
  try {
    const [row] = await database.query("SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now, has_schema_privilege(current_schema(), 'CREATE') AS may_create");
    const version = textOf(row?.['version']);
    const major = Math.floor(Number(row?.['number']) / 10_000);
    const offMs = Math.round(Math.abs(Number(row?.['now']) - Date.now()));
    return [
      major < oldestMajor ? weak(about, `${version} answers, but is no longer maintained`, `move to PostgreSQL ${oldestMajor + 4}`) : ok(about, `${version} answers`),
      ...(row?.['may_create'] === true ? [] : [broken(about, 'its user may not create tables', 'GRANT CREATE ON SCHEMA public TO planb\'s user')]),
      ...(offMs > clockToleranceMs ? [weak(about, `its clock and this machine's differ by ${Math.round(offMs / 1000)} s; votes and time-based codes are judged by its clock`, 'run NTP on both')] : []),
    ];
  } finally {
    await database.close();
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'of an unknown version';
}
