import { onTestFinished } from 'vitest';

import { djangoReverseAction } from '../../../jobs/actions/django-reverse.js';
import type { StepContext } from '../../../src/ports/action.js';
import { type DjangoHistory, judgeDjango, readDjangoHistory } from '../../../src/verdict/django-facts.js';
import type { HistoryJudgement } from '../../../src/verdict/history-judgement.js';
import { type Apps, type DjangoRelease, type ReleaseOptions, djangoRelease } from '../../support/django/project.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { stepContext } from '../actions/step-context.js';

/** A database of this test's own. */
export async function testDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  return database;
}

/** Two releases on one database, the newer one deployed after the older one. `between`: what happens in between, rows for instance. */
export async function twoReleases(older: Apps, newer: Apps, options: Partial<ReleaseOptions> & { readonly between?: (database: TestDatabase) => Promise<unknown> } = {}) {
  const database = await testDatabase();
  const databases = options.databases ?? { default: database.url };
  const [target, current] = [await djangoRelease(older, { ...options, databases }), await djangoRelease(newer, { ...options, databases })];
  await succeed(target, 'migrate');
  await options.between?.(database);
  await succeed(current, 'migrate');
  return { database, target, current, databases };
}

export async function succeed(release: DjangoRelease, ...args: string[]): Promise<string> {
  const { code, output } = await release.manage(...args);
  if (code !== 0) throw new Error(`manage.py ${args.join(' ')} failed: ${output}`);
  return output;
}

/** What the action reads, and how it judges, without and with `for migration`. */
export async function look(current: DjangoRelease, target: DjangoRelease, databases: Readonly<Record<string, string>>) {
  const input = djangoReverseAction.input.parse({ databases, current: current.source, target: target.source });
  const { context, progress, runFolder } = await stepContext();
  const facts = (await djangoReverseAction.inspect?.(context, input)) ?? [];
  const [fact] = facts;
  if (fact === undefined) throw new Error('nothing was read');
  const history: DjangoHistory = readDjangoHistory(fact, facts);
  const planned: StepContext = { ...context, facts };
  return {
    input, facts, history, progress, runFolder, context: planned,
    unasked: judgeDjango(fact, { sameRelease: false }, facts),
    asked: judgeDjango(fact, { sameRelease: false, scope: 'migration' }, facts),
    describe: () => djangoReverseAction.describe(input, { facts }),
    reverse: async () => {
      const undo = await djangoReverseAction.before?.(planned, input);
      return { undo, result: await djangoReverseAction.execute(planned, input) };
    },
    probe: () => djangoReverseAction.probe?.(planned, input, undefined),
  };
}

/** The rows of django_migrations of these apps, sorted. */
export async function rowsOf(database: TestDatabase, ...apps: string[]): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ id: string }>(`SELECT app || '.' || name AS id FROM django_migrations WHERE app = ANY($1) ORDER BY 1`, [apps]);
  return rows.map(({ id }) => id);
}

export const textsOf = ({ reasons }: HistoryJudgement): readonly string[] => reasons.map(({ text }) => text);
