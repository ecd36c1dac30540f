import { literal, quoted } from './restore-sql.js';

/** Whose values are lists of names, which SET must get one by one (PostgreSQL's GUC_LIST_QUOTE, fixed in pg_dump's source as well). */
const lists: ReadonlySet<string> = new Set(['local_preload_libraries', 'search_path', 'session_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories']);

/** `name=value`, as pg_db_role_setting keeps it, as the end of ALTER … SET. */
export function settingClause(setting: string): string {
  const at = setting.indexOf('=');
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
  const values = lists.has(name.toLowerCase()) ? splitList(value) : [value];
  return `${name.split('.').map(quoted).join('.')} TO ${(values.length === 0 ? [''] : values).map(literal).join(', ')}`;
}

/** `"$user", public` as two names. */
export function splitList(value: string): readonly string[] {
  return [...value.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([whole, inner]) => (inner === undefined ? whole : inner.replaceAll('""', '"')));
}
