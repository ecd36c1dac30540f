/** What PostgreSQL's states mean to whoever has to mend a migration. Others are shown with their message alone. */
const meanings: Readonly<Partial<Record<string, string>>> = {
  '42P07': 'it already exists', '42701': 'the column already exists', '42710': 'it already exists', '42P06': 'the schema already exists',
  '42P01': 'a table does not exist', '42703': 'a column does not exist', '42704': 'something that it names does not exist', '3F000': 'the schema does not exist',
  '23505': 'rows are not unique', '23502': 'a column has no value in some row', '23503': 'rows point to what does not exist', '23514': 'rows break a check',
  '40P01': 'a deadlock: two sessions migrated at once', '40001': 'another transaction came in between', '55P03': 'it waited too long for a lock', '57014': 'it was cancelled', '42501': 'a permission is missing',
  '53100': 'the disk is full', '2BP01': 'something depends on it',
};

/**
 * Why a migration failed, in one line that a person can check, from the `logs` of its row. Prisma writes "Database error code: 42P07" and the message behind it; its driver adapters and other writers only the
 * message. Never PostgreSQL's detail, which holds people's data. Undefined: nothing is logged.
 */
export function readFailure(logs: string): string | undefined {
  if (logs.trim() === '') return undefined;
  const state = /Database error code:\s*([0-9A-Z]{5})\b/.exec(logs)?.[1] ?? /SqlState\(E?([0-9A-Z]{5})\)/.exec(logs)?.[1] ?? /(?:SQLSTATE|originalCode|code)["'\s:=]+([0-9A-Z]{5})\b/.exec(logs)?.[1];
  const lines = logs.split('\n').map((line) => line.trim());
  const after = lines.findIndex((line) => /^Database error:/i.test(line));
  const said = (after === -1 ? lines : [lines[after]?.replace(/^Database error:/i, '').trim() ?? '', ...lines.slice(after + 1)]).find((line) => /error:|already exists|does not exist|duplicate|violates|deadlock/i.test(line)) ?? lines.find((line) => line !== '') ?? '';
  const message = withoutValues(said.replace(/^.*?\berror:\s*/i, ''));
  const shown = message.length > 140 ? `${message.slice(0, 139).replace(/[\uD800-\uDBFF]$/, '')}…` : message;
  const meaning = state === undefined ? undefined : meanings[state];
  return [...(meaning === undefined ? [] : [meaning]), ...(shown === '' ? [] : [shown]), ...(state === undefined ? [] : [`SQLSTATE ${state}`])].join(': ').replace(/: (SQLSTATE \w+)$/, ', $1');
}

/** `invalid input syntax for type integer: "alice@example.org"`: what follows such a colon is somebody's data. Names of objects stay. */
function withoutValues(message: string): string {
  return message.replace(/^(invalid input (?:syntax|value) [^:]*|value [^:]*|date\/time [^:]*): ".*$/is, '$1').replaceAll(/=\([^)]*\)/g, '=(…)');
}
