import type { StepContext } from '../../../src/ports/action.js';
import { type ComposeContainer, listContainers } from '../docker/containers.js';
import { docker } from '../docker/docker-cli.js';

const pollMs = 250;
/** How long a container without a healthcheck must run to count as up: one that fails at once does so sooner. */
const stableMs = 2_000;
/** As often may the engine restart it before that is a crash loop. */
const maxRestarts = 2;

export type Health = { readonly ok: true; readonly containers: readonly ComposeContainer[] } | { readonly ok: false; readonly message: string; readonly tail: string };

/**
 * Polls until every container of the services runs and is healthy (without a healthcheck: runs and stays up). Ends early when one exited, restarts again and again or
 * is found unhealthy, with the last lines of its log. `mayEnd`: services whose container may also have ended with exit code 0, as one that migrates a database does.
 */
export async function awaitHealth(context: StepContext, folder: string, services: readonly string[], withinMs: number, mayEnd: ReadonlySet<string> = new Set()): Promise<Health> {
  const started = context.now();
  for (;;) {
    const containers = await listContainers(context, folder, services);
    const missing = services.find((service) => !containers.some((container) => container.service === service));
    const states = containers.map((container) => ({ container, state: judge(container, context.now(), mayEnd.has(container.service)) }));
    const lost = states.find(({ state }) => state.kind === 'failed');
    if (lost !== undefined) return unhealthy(context, lost.container, lost.state.text);
    const waiting = states.find(({ state }) => state.kind === 'waiting');
    if (missing === undefined && waiting === undefined) return { ok: true, containers };
    const text = missing === undefined ? `${waiting?.container.name ?? ''} ${waiting?.state.text ?? ''}` : `${missing} has no container yet`;
    if (context.now() - started >= withinMs) {
      const limit = `after ${Math.round(withinMs / 1_000)} s`;
      return waiting === undefined ? { ok: false, message: `${text} ${limit}`, tail: '' } : unhealthy(context, waiting.container, `${waiting.state.text} ${limit}`);
    }
    context.progress(text);
    await context.pause(pollMs);
  }
}

type State = { readonly kind: 'good' | 'waiting' | 'failed'; readonly text: string };

function judge(container: ComposeContainer, now: number, mayEnd: boolean): State {
  if (mayEnd && container.status === 'exited' && container.exitCode === 0) return { kind: 'good', text: 'ended with code 0' };
  if (container.restarts > maxRestarts) return { kind: 'failed', text: `was restarted ${container.restarts} times, exit code ${container.exitCode}` };
  // A restart policy shows as `restarting`; `exited` is the end.
  if (container.status === 'exited' || container.status === 'dead') return { kind: 'failed', text: `exited with code ${container.exitCode}` };
  if (container.status !== 'running') return { kind: 'waiting', text: `is ${container.status}` };
  if (container.health === 'unhealthy') return { kind: 'failed', text: 'is unhealthy' };
  if (container.health === 'starting') return { kind: 'waiting', text: 'runs, its healthcheck has not passed yet' };
  if (container.health === undefined && now - container.startedAt < stableMs) return { kind: 'waiting', text: 'just started' };
  return { kind: 'good', text: 'runs' };
}

async function unhealthy(context: StepContext, container: ComposeContainer, text: string): Promise<Health> {
  const log = await docker(context, ['logs', '--tail', '20', container.id]);
  return { ok: false, message: `${container.name} ${text}`, tail: log.output.trimEnd() };
}
