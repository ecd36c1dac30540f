import { shorten } from '../../../src/board/clean.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { readEntries } from '../docker/tar-stream.js';
import { type ShippedMigration, toShipped } from './read-migrations.js';

const streamMs = 10 * 60_000;
const script = /^([^/]+)\/migration\.sql$/;

/**
 * `readMigrations` on another machine, as one stream: hundreds of files would each be a program there. Throws ActionError `no-migrations-folder`.
 */
export async function readMigrationsThere(context: ActionContext, directory: string): Promise<ReadonlyMap<string, ShippedMigration>> {
  const scripts: (readonly [string, Buffer])[] = [];
  let broken: unknown;
  const outcome = await context.run({
    argv: ['tar', '-c', '-h', '-f', '-', '-C', directory, '.'], timeoutMs: streamMs, signal: context.signal,
    readStdout: async (stdout) => {
      try {
        await readEntries(stdout, async (entry) => {
          const name = entry.type === 'file' ? script.exec(entry.path)?.[1] : undefined;
          if (name !== undefined) scripts.push([name, await entry.read()]);
        });
      } catch (error) {
        // The program says why better than its stream.
        broken = error;
      }
    },
  }, { quiet: true });
  context.signal.throwIfAborted();
  if (!outcome.ok || broken !== undefined) {
    // tar's last line only says that it gives up.
    const why = firstLine(outcome.output) || (outcome.ok && broken instanceof Error ? broken.message : outcome.summary);
    throw new ActionError('no-migrations-folder', `the migrations of a release cannot be read on ${context.on ?? 'this machine'}: ${why}`, { retryable: outcome.unreachable === true, cause: broken });
  }
  if (scripts.length === 0) throw new ActionError('no-migrations-folder', `${directory} on ${context.on ?? 'this machine'} holds no <name>/migration.sql`);
  return toShipped(scripts);
}

function firstLine(output: string): string {
  return shorten(output.trim().split('\n')[0] ?? '', 200);
}
