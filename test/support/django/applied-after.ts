import type pg from 'pg';

import type { DjangoRelease } from './project.js';

/**
 * What the guide has people do, as it behaves: everything with `applied >= moment` (inclusive), the earliest of each app, and `migrate <app> <its number − 1, four digits>`, or `zero`. The moment is
 * naive and means the project's zone. Nothing is previewed, and the first error ends it with what was done before. Returns what manage.py said, command by command.
 */
export async function rollBackAppliedAfter(release: DjangoRelease, pool: pg.Pool, moment: string, zone = 'UTC'): Promise<readonly { readonly command: string; readonly code: number; readonly output: string }[]> {
  const { rows } = await pool.query<{ app: string; name: string }>(
    `SELECT DISTINCT ON (app) app, name FROM django_migrations WHERE applied >= $1::timestamp AT TIME ZONE $2 ORDER BY app, applied, id`, [moment, zone],
  );
  const said = [];
  for (const { app, name } of rows) {
    const number = Number.parseInt(name.slice(0, 4), 10);
    if (!/^\d{4}/.test(name)) return [...said, { command: `migrate ${app} ?`, code: 1, output: `invalid literal for int() with base 10: '${name.slice(0, 4)}'` }];
    const to = number === 1 ? 'zero' : String(number - 1).padStart(4, '0');
    const answer = await release.manage('migrate', app, to);
    said.push({ command: `migrate ${app} ${to}`, ...answer });
    if (answer.code !== 0) break;
  }
  return said;
}

/** The guide's query for older versions, word for word but for the moment: its answers are commands to paste. */
export async function generateCommands(client: pg.Pool | pg.PoolClient, moment: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ python_commands: string }>(`
    select concat('python manage.py migrate ', app, ' ',
        case when substring(name, 1, 4)::integer = 1 then 'zero' else lpad((substring(name, 1, 4)::integer - 1)::text, 4, '0') end) as "python_commands"
    from django_migrations
    where id in (select min(id) from django_migrations where applied >= '${moment}' group by app)`);
  return rows.map(({ python_commands: command }) => command).sort();
}
