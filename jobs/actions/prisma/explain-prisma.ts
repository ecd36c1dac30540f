import { shorten } from '../../../src/board/clean.js';
import type { StepResult } from '../../../src/ports/action.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { lastLine, lastLines } from '../run.js';
import { failed } from '../step-failure.js';

interface Known {
  readonly code: string;
  readonly say: (found: { readonly migration: string; readonly database: string }) => string;
  readonly retryable?: boolean;
}

/** What Prisma's codes mean here and what to do about them (facts.md; https://www.prisma.io/docs/orm/reference/error-reference). */
const known: Readonly<Record<string, Known>> = {
  P1000: { code: 'access-denied', say: () => 'the database refuses the user or the password of DATABASE_URL (P1000)' },
  P1001: { code: 'unreachable', say: () => 'the database cannot be reached from where Prisma runs (P1001)', retryable: true },
  P1002: {
    code: 'migration-lock-held',
    say: () => 'Prisma waited in vain for the migration lock 72707369 (P1002): another migration runs, or a connection pooler keeps the session of one that ended; end that session, and let DATABASE_URL go past the pooler',
    retryable: true,
  },
  P3005: {
    code: 'no-baseline',
    say: () => 'the database has tables and no migration history (P3005): it was made by "db push"; mark each migration whose objects are there as applied (prisma.resolve), then deploy',
  },
  P3008: { code: 'already-applied', say: ({ migration }) => `${migration} is recorded as applied already (P3008); there is nothing to mark` },
  P3009: { code: 'failed-migration', say: ({ migration }) => `${migration} failed earlier and blocks every deploy, the older release's too (P3009); the runbook prisma-repair looks what it left and settles its row` },
  P3011: { code: 'never-applied', say: ({ migration }) => `${migration} was never applied, so it cannot be rolled back (P3011)` },
  P3012: { code: 'not-failed', say: ({ migration }) => `${migration} is applied, and only a failed migration can be marked rolled back (P3012); prisma.history decides what is right for its row` },
  P3017: { code: 'no-such-migration', say: ({ migration }) => `the release does not ship ${migration} (P3017)` },
  P3018: {
    code: 'migration-failed',
    say: ({ migration, database }) => `${migration} failed${database === '' ? '' : `: ${database}`}; nothing after it was applied, and its row now blocks every deploy (P3018); the runbook prisma-repair looks what it left and settles its row`,
  },
};

/** Why Prisma's command line failed, in planb's words. */
export function explainPrisma(outcome: ProgramOutcome): StepResult {
  if (outcome.notFound) return failed('program-not-found', `${outcome.summary} Prisma's command line is part of the release: say where with cli`);
  if (outcome.timedOut) return failed('timed-out', outcome.summary);
  const { output } = outcome;
  // The WebAssembly engine names no code for a migration that fails; its trace names the migration.
  const code = /\bError: (P\d{4})\b/.exec(output)?.[1] ?? /\b(P[123]\d{3})\b/.exec(output)?.[1] ?? (/migration_name="/.test(output) ? 'P3018' : undefined);
  const migration = (/^Migration name: (.+)$/m.exec(output) ?? /The `(.+?)` migration started/.exec(output) ?? /[Mm]igration `(.+?)`/.exec(output) ?? /migration_name="(.+?)"/.exec(output) ?? /The migration (.+?) could not be found/.exec(output))?.[1]?.trim() ?? 'a migration';
  const database = shorten(/^(?:Database error:\s*|Error querying the database: )?ERROR: (.+)$/m.exec(output)?.[1]?.trim() ?? '', 200);
  const found = code === undefined ? undefined : known[code];
  const tail = { tail: lastLines(output, 20) };
  if (found !== undefined) return failed(found.code, found.say({ migration, database }), { ...tail, retryable: found.retryable ?? false });
  return failed('prisma-failed', `Prisma ended with ${code ?? `exit code ${String(outcome.exitCode)}`}: ${lastLine(output) || outcome.summary}`, tail);
}
