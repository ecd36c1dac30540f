import { resolveReferences } from '../../../src/config/secret-reference.js';
import type { Config, Target } from '../../../src/config.js';
import type { Json } from '../../../src/plan/plan.js';
import { broken, ok, type Check, type Examined, type Finding } from './finding.js';
import { findPgDumps } from './pg-dump.js';
import { reasonOf } from './reason.js';

/** Whether what planb.yaml refers to is here. Bots do not need it, workers do. */
export const secrets: Check = {
  about: 'secrets',
  run: async ({ config, reach }) => {
    if (config === undefined) return [];
    const places: readonly (readonly [string, Json])[] = [
      ...Object.values(config.targets).map((target) => [`target ${target.id}`, { with: target.with, secrets: target.secrets }] as const),
      ...Object.values(config.people).flatMap((person) => (person.totp === undefined ? [] : [[`person ${person.id}`, { totp: person.totp }] as const])),
    ];
    const resolved = places.map(([about, value]) => [about, resolveReferences(value, reach.references)] as const);
    const findings = resolved.flatMap(([about, found]) => (found.ok ? [] : found.problems.map(({ message }) => broken(about, message, 'set it where the workers run'))));
    const known = new Set(resolved.flatMap(([, found]) => (found.ok ? found.secrets : [])));
    return findings.length > 0 ? findings : [ok('secrets', known.size === 0 ? 'planb.yaml refers to none' : `all ${known.size} that planb.yaml refers to are here`)];
  },
};

/** Each target's own databases, and a pg_dump that fits them. */
export const targetDatabases: Check = {
  about: 'target databases',
  run: async (examined, signal) => {
    const databases = databasesOf(examined.config, examined);
    if (databases.length === 0) return [];
    const majors = examined.needs.postgresClients ? await findPgDumps(examined.reach.runProgram, signal) : undefined;
    // Only where one is needed: ssh is not everybody's.
    const machines = databases.some(({ on }) => on !== undefined) ? await examined.reach.hosts() : undefined;
    try {
      return (await Promise.all(databases.map((database) => ask(database, database.on === undefined || machines === undefined ? examined.reach.connectDatabase : machines.at(database.on).connectDatabase, majors)))).flat();
    } finally {
      await machines?.close();
    }
  },
};

interface TargetUrl {
  readonly about: string;
  readonly url: string;
  /** The machine that reaches it; absent: this one. */
  readonly on?: string;
}

function databasesOf(config: Config | undefined, { reach }: Examined): readonly TargetUrl[] {
  return Object.values(config?.targets ?? {}).flatMap((target) => urlsOf(target, reach).map((url) => ({ about: `database of ${target.id}`, url, ...(target.on === undefined ? {} : { on: target.on }) })));
}

function urlsOf(target: Target, reach: Examined['reach']): readonly string[] {
  const resolved = resolveReferences(target.with, reach.references);
  return resolved.ok ? [...new Set(stringsOf(resolved.value).filter((text) => /^postgres(?:ql)?:\/\//.test(text)))] : [];
}

function stringsOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap((item: Json) => stringsOf(item)) : [];
}

async function ask({ about, url }: TargetUrl, connectDatabase: Examined['reach']['connectDatabase'], dumps: readonly number[] | undefined): Promise<readonly Finding[]> {
  const database = await connectDatabase(url).catch((error: unknown) => reasonOf(error));
  if (typeof database === 'string') return [broken(about, database, 'does this machine reach it, with the user and password that planb.yaml refers to?')];
  try {
    const [row] = await database.query("SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number");
    const said = row?.['version'];
    const version = typeof said === 'string' ? said : 'of an unknown version';
    const major = Math.floor(Number(row?.['number']) / 10_000);
    if (dumps === undefined) return [ok(about, `PostgreSQL ${version} answers`)];
    const fits = dumps.some((dump) => dump >= major);
    const have = dumps.length === 0 ? 'has no pg_dump' : `has pg_dump ${dumps.join(', ')} only`;
    return [fits ? ok(about, `PostgreSQL ${version} answers, and pg_dump ${dumps.find((dump) => dump >= major) ?? ''} fits`) : broken(about, `PostgreSQL ${version} answers, but this machine ${have}, which a newer server refuses`, `install postgresql-client-${major}`)];
  } finally {
    await database.close();
  }
}
