import { z } from 'zod';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { findBlocking, sayComing } from './preflight/coming-migration.js';
import { comingInDjango, djangoComingInput } from './preflight/django-coming.js';
import { comingInPrisma, prismaComingInput } from './preflight/prisma-coming.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  prisma: prismaComingInput.optional(),
  django: djangoComingInput.optional(),
  /** Destructive migrations that somebody has looked at, by name. */
  accept: z.array(z.string().min(1)).default([]),
}).refine(({ prisma, django }) => (prisma === undefined) !== (django === undefined), 'needs prisma: or django:');
type Input = z.output<typeof input>;

/** Before an upgrade: what the next release's migrations will do. Fails where one destroys something that nothing takes back. */
export const preflightMigrationsAction: Action<Input> = {
  name: 'preflight.migrations',
  summary: 'Reads the migrations that a release would apply, and fails where one destroys something and has no down migration.',
  input,
  check: true,
  defaultTimeoutMs: 30 * 60_000,
  describe: () => ({ commands: ['# reads the migrations of the release to upgrade to, and which of them the database lacks'], effect: 'read', destructive: false, changes: [] }),
  execute: (context, given) => failingInWords(context.mask, () => look(context, given)),
};

async function look(context: StepContext, given: Input): Promise<StepResult> {
  const coming = given.django === undefined ? given.prisma === undefined ? [] : await comingInPrisma(context, given.prisma) : await comingInDjango(context, given.django);
  for (const migration of coming) context.log(sayComing(migration));
  const blocking = findBlocking(coming, given.accept);
  const receipt = {
    release: context.to?.name ?? context.from?.name ?? '', coming: coming.length, destructive: coming.filter(({ destroys }) => destroys.length > 0).length,
    migrations: coming.map(({ name, destroys, breaks, hasDown }) => ({ name, destroys: [...destroys], breaks: [...breaks], hasDown })),
  };
  if (blocking.length === 0) return { ok: true, receipt };
  const [first] = blocking;
  const rest = blocking.length > 1 ? ` (and ${blocking.length - 1} more)` : '';
  return failed('destructive-migrations', `${first === undefined ? '' : sayComing(first)}${rest}`, { tail: blocking.map(sayComing).join('\n') });
}
