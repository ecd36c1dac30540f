import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { ComposeContainer } from '../docker/containers.js';
import { readDocker } from '../docker/docker-cli.js';

/** What runs, by service: image, state and since when; a service without a container has an empty list. */
export function statusOf(services: readonly string[], containers: readonly ComposeContainer[]): JsonObject {
  return Object.fromEntries(services.map((service) => [service, containers.filter((one) => one.service === service).map((one) => ({
    name: one.name, image: one.imageName, id: one.imageId, state: stateOf(one), since: new Date(one.startedAt).toISOString(), restarts: one.restarts,
  }))]));
}

/** A line each, for the log. */
export function statusLines(services: readonly string[], containers: readonly ComposeContainer[]): readonly string[] {
  return services.flatMap((service) => {
    const own = containers.filter((one) => one.service === service);
    return own.length === 0 ? [`${service}: no container`] : own.map((one) => `${service}: ${one.name} ${stateOf(one)} since ${new Date(one.startedAt).toISOString()}, ${one.imageName}`);
  });
}

function stateOf({ status, health, exitCode }: ComposeContainer): string {
  return status === 'exited' ? `exited (${exitCode})` : health === undefined ? status : `${status}, ${health}`;
}

/** So many lines of each container's log are looked at: `logs --tail=100 | grep -i error` of the guide. */
export const searchedLines = 100;
/** A receipt is no log. */
const shownLines = 30;

/** The lines with an error among the last ones of each container; the newest are kept. `docker logs` gives both streams. */
export async function errorLines(context: StepContext, containers: readonly ComposeContainer[]): Promise<{ readonly found: number; readonly lines: JsonObject }> {
  let found = 0;
  const lines: Record<string, string[]> = {};
  for (const { id, name } of containers) {
    const matching: string[] = [];
    await readDocker(context, ['logs', '--tail', String(searchedLines), id], { timeoutMs: 60_000, onLine: ({ text }) => { if (/error/i.test(text)) matching.push(text.slice(0, 500)); } });
    found += matching.length;
    if (matching.length > 0) lines[name] = matching.slice(-shownLines);
  }
  return { found, lines };
}
