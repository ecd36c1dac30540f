import { StringDecoder } from 'node:string_decoder';
import type { ActionContext } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { listContainers } from './docker/containers.js';
import { docker } from './docker/docker-cli.js';

/** Where log lines come from. */
export type LogSource =
  | { readonly compose: { readonly project: string; readonly services: readonly string[] } }
  | { readonly file: string }
  | { readonly run: readonly [string, ...string[]] };

/** Reads what was logged since the last call (the first: since the moment given), line by line. */
export type ReadNewLines = (onLine: (line: string) => void) => Promise<void>;

/** Opens a source for repeated reading. `since`: milliseconds since the epoch. */
export function followLog(context: ActionContext, source: LogSource, since: number): ReadNewLines {
  if ('compose' in source) return followContainers(context, source.compose, since);
  if ('file' in source) return followFile(context, source.file, since);
  return (onLine) => readProgram(context, source.run, since, onLine);
}

/** Clocks of the engine and of planb may differ a little, and a line may be written late: look back this much again. */
const overlapMs = 2_000;

function followContainers(context: ActionContext, source: { readonly project: string; readonly services: readonly string[] }, since: number): ReadNewLines {
  let from = since;
  return async (onLine) => {
    const now = context.now();
    // Listed each time: a container that crashed was replaced by another.
    const containers = await listContainers(context, source.project, source.services);
    if (containers.length === 0) throw new ActionError('no-such-service', `${source.project} has no container of ${source.services.join(', ')}`);
    for (const container of containers) {
      const outcome = await docker(context, ['logs', '--since', String(from / 1_000), container.id], { onLine: (line) => { onLine(line.text); }, timeoutMs: 60_000 });
      if (!outcome.ok) throw new ActionError('log-not-readable', `the log of ${container.name} cannot be read: ${outcome.summary}`);
    }
    from = Math.max(since, now - overlapMs);
  };
}

/** The program learns the moment from PLANB_SINCE (ISO 8601); lines with an older timestamp are left out in any case. */
async function readProgram(context: ActionContext, program: readonly [string, ...string[]], since: number, onLine: (line: string) => void): Promise<void> {
  const isNew = newerThan(since);
  const outcome = await context.run(
    {
      argv: program,
      env: { PLANB_SINCE: new Date(since).toISOString() },
      timeoutMs: 60_000,
      signal: context.signal,
      onLine: ({ text }) => {
        if (isNew(text)) onLine(text);
      },
    },
    { quiet: true },
  );
  context.signal.throwIfAborted();
  if (!outcome.ok) throw new ActionError('log-not-readable', outcome.summary);
}

/**
 * A file has no time of its own: lines count from the first one whose timestamp is not before the moment. A file without timestamps
 * counts as a whole only if it was created after the moment; of an older one only what is written from now on.
 */
function followFile({ files }: ActionContext, path: string, since: number): ReadNewLines {
  let offset: number | undefined;
  let inode = '';
  const isNew = newerThan(since);
  let rest = '';
  return async (onLine) => {
    const found = await files.stat(path);
    if (found === undefined) throw new ActionError('log-not-readable', `${path} cannot be read: there is no such file`);
    const first = offset === undefined;
    // Another inode or a shorter file: the log was rotated.
    if (offset === undefined || found.inode !== inode || found.bytes < offset) {
      offset = 0;
      rest = '';
    }
    inode = found.inode;
    const wholeFileIsNew = !first || (found.createdAt ?? 0) >= since;
    if (found.bytes === offset) return;
    const decoder = new StringDecoder('utf8');
    for await (const bytes of files.readFrom(path, offset)) {
      offset += bytes.length;
      const lines = (rest + decoder.write(Buffer.from(bytes))).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (isNew(line, wholeFileIsNew)) onLine(line);
    }
  };
}

/** ISO 8601 with or without a zone, blank or T between; a zone-less one is this machine's time, as loggers write it. */
const isoTime = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/;

/** Lines without a timestamp (a stack trace) belong to the line above; before any timestamp the caller's word counts. */
function newerThan(since: number): (line: string, otherwise?: boolean) => boolean {
  let above: boolean | undefined;
  return (line, otherwise = true) => {
    const text = isoTime.exec(line.slice(0, 300))?.[0];
    const time = text === undefined ? Number.NaN : Date.parse(text.replace(' ', 'T').replace(',', '.'));
    // A whole second less: many loggers write no fractions.
    if (!Number.isNaN(time)) above = time >= since - 1_000;
    return above ?? otherwise;
  };
}
