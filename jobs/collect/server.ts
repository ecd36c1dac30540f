import { join } from 'node:path';
import { z } from 'zod';
import type { Secret } from '../../src/secret/mask.js';
import { type ComposeContainer, listContainers } from '../actions/docker/containers.js';
import { docker, lastOf, readDocker } from '../actions/docker/docker-cli.js';
import { type Environment, readEnvironment, secretsOf, strayLines } from './environment.js';
import { type CollectedFile, type Piece, isOperational, reasonOf } from './piece.js';
import type { Place } from './place.js';

/** Of each container; older ones are the engine's. */
const lastLines = 20_000;
const logMs = 120_000;

/** A server's project as it was read, and what its logs might betray. */
export interface ServerPiece extends Piece {
  /** Absent: it could not be read. */
  readonly environment?: Environment;
  readonly secrets: readonly Secret[];
}

/**
 * The logs of a project's containers and its `.env`. What its variables hold is known before a line of a log is read: a log whose secrets are not known is not collected,
 * for nothing could hide them.
 */
export async function collectServer(place: Place, side: 'old' | 'new', project: string): Promise<ServerPiece> {
  const missing: string[] = [];
  const secrets: Secret[] = [];
  const where = `of the ${side} server${place.on === undefined ? '' : ` (${place.on})`}`;
  let environment: Environment | undefined;
  const files: CollectedFile[] = [];
  try {
    const text = (await place.files.readText(join(project, '.env'))) ?? '';
    environment = readEnvironment(text);
    secrets.push(...secretsOf(environment), ...strayLines(text));
  } catch (error) {
    if (!isOperational(error)) throw error;
    missing.push(`${join(project, '.env')} ${where}: ${reasonOf(error)}; secrets that it alone has are hidden nowhere`, `logs ${where}: not collected, for without its .env its secrets could not be hidden in them`);
    return { files, missing, secrets };
  }
  try {
    const containers = await listContainers(place, project, 'all');
    if (containers.length === 0) missing.push(`logs ${where}: ${project} has no container`);
    for (const container of containers) secrets.push(...secretsOf(await variablesOf(place, container)));
    for (const container of containers) {
      const log = await readLog(place, container);
      files.push({ path: `logs/${side}/${container.name}.log`, text: log.text, about: `the last ${String(lastLines)} lines of ${container.service} (${container.status})` });
      if (log.why !== undefined) missing.push(`the log of ${container.name} ${where}, or its end: ${log.why}`);
    }
  } catch (error) {
    if (!isOperational(error)) throw error;
    missing.push(`logs ${where}: ${reasonOf(error)}`);
  }
  return { files, missing, secrets, environment };
}

/** What the container was really given: `environment:` and `env_file:` of compose as well. */
async function variablesOf(place: Place, { id }: ComposeContainer): Promise<Environment> {
  const lines = await readDocker(place, ['container', 'inspect', '--format', '{"env":{{json .Config.Env}}}', id]);
  const { env } = z.object({ env: z.array(z.string()).nullable() }).parse(JSON.parse(lines[0] ?? '{"env":null}'));
  return new Map((env ?? []).map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]));
}

async function readLog(place: Place, { id }: ComposeContainer): Promise<{ readonly text: string; readonly why?: string }> {
  const lines: string[] = [];
  try {
    const outcome = await docker(place, ['logs', '--timestamps', '--tail', String(lastLines), id], { onLine: ({ text }) => { lines.push(text); }, timeoutMs: logMs });
    const text = lines.map((line) => `${line}\n`).join('');
    return outcome.ok ? { text } : { text, why: lastOf(outcome.output) || outcome.summary };
  } catch (error) {
    // What came before the connection broke is worth having.
    if (isOperational(error)) return { text: lines.map((line) => `${line}\n`).join(''), why: reasonOf(error) };
    throw error;
  }
}
