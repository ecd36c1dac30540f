import { z } from 'zod';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { literal, quoted } from './restore-sql.js';
import { settingClause } from './swap-settings.js';

const propertiesRow = z.object({
  owner: z.string(), encoding: z.string(), tablespace: z.string(), limit: z.number(), comment: z.string().nullable(), hasAcl: z.boolean(),
  /** The catalogue's row: its columns differ by major. */
  row: z.object({
    datcollate: z.string(), datctype: z.string(), datlocprovider: z.string().optional(),
    daticulocale: z.string().nullish(), datlocale: z.string().nullish(), daticurules: z.string().nullish(),
  }),
});
const grantRow = z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() });
const settingRow = z.object({ role: z.string().nullable(), setting: z.string() });

/** What belongs to a database and is in no plain dump of it (facts.md): a restored one has to be given it. */
export interface DatabaseProperties extends Omit<z.output<typeof propertiesRow>, 'hasAcl'> {
  /** Undefined: the defaults, nobody ever granted or revoked. A grantee of null is everybody. */
  readonly grants: readonly z.output<typeof grantRow>[] | undefined;
  /** A role of null: for everybody in this database. */
  readonly settings: readonly z.output<typeof settingRow>[];
}

/** Reads them from any database of the server. */
export async function readProperties(admin: TargetDatabase, name: string): Promise<DatabaseProperties> {
  const [first] = await admin.query(
    `SELECT pg_get_userbyid(d.datdba)::text AS owner, pg_encoding_to_char(d.encoding) AS encoding, t.spcname::text AS tablespace, d.datconnlimit AS limit,
            shobj_description(d.oid, 'pg_database') AS comment, d.datacl IS NOT NULL AS "hasAcl", to_jsonb(d) - 'datacl' AS row
       FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = $1`, [name],
  );
  const { hasAcl, ...properties } = propertiesRow.parse(first);
  const grants = await admin.query(
    `SELECT r.rolname::text AS grantee, a.privilege_type AS privilege, a.is_grantable AS grantable
       FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.datname = $1 ORDER BY 1 NULLS FIRST, 2`, [name],
  );
  const settings = await admin.query(
    `SELECT r.rolname::text AS role, setting FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) WITH ORDINALITY AS one(setting, place)
      WHERE d.datname = $1 ORDER BY 1 NULLS FIRST, place`, [name],
  );
  return { ...properties, grants: hasAcl ? grants.map((row) => grantRow.parse(row)) : undefined, settings: settings.map((row) => settingRow.parse(row)) };
}

/**
 * An empty database like the one described; what could get in a restore's way (settings, limits) comes with the swap. The default tablespace is not named: PostgreSQL would ask for a right to it
 * that nobody has.
 */
export function createStatement(name: string, like: DatabaseProperties): string {
  const { row } = like;
  const provider = row.datlocprovider;
  const locale = row.datlocale ?? row.daticulocale ?? '';
  const providers: Readonly<Record<string, string>> = {
    i: ` LOCALE_PROVIDER icu ICU_LOCALE ${literal(locale)}${row.daticurules === null || row.daticurules === undefined ? '' : ` ICU_RULES ${literal(row.daticurules)}`}`,
    b: ` LOCALE_PROVIDER builtin BUILTIN_LOCALE ${literal(locale)}`,
    c: ' LOCALE_PROVIDER libc',
  };
  return `CREATE DATABASE ${quoted(name)} TEMPLATE template0 OWNER ${quoted(like.owner)} ENCODING ${literal(like.encoding)} LC_COLLATE ${literal(row.datcollate)} LC_CTYPE ${literal(row.datctype)}` +
    `${providers[provider ?? ''] ?? ''}${like.tablespace === 'pg_default' ? '' : ` TABLESPACE ${quoted(like.tablespace)}`}`;
}

/** The statements that give a database the rights, settings, limit and comment of another one. Grants that somebody else made become the owner's. */
export function propertyStatements(name: string, like: DatabaseProperties): readonly string[] {
  const database = quoted(name);
  return [
    `ALTER DATABASE ${database} CONNECTION LIMIT ${like.limit}`,
    ...(like.grants === undefined ? [] : [
      `REVOKE ALL ON DATABASE ${database} FROM PUBLIC, ${quoted(like.owner)}`,
      ...like.grants.map(({ grantee, privilege, grantable }) => `GRANT ${privilege} ON DATABASE ${database} TO ${grantee === null ? 'PUBLIC' : quoted(grantee)}${grantable ? ' WITH GRANT OPTION' : ''}`),
    ]),
    ...like.settings.map(({ role, setting }) => `${role === null ? `ALTER DATABASE ${database}` : `ALTER ROLE ${quoted(role)} IN DATABASE ${database}`} SET ${settingClause(setting)}`),
    `COMMENT ON DATABASE ${database} IS ${like.comment === null ? 'NULL' : literal(like.comment)}`,
  ];
}
