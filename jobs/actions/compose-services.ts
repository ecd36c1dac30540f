import { z } from 'zod';
import type { Fact, JsonObject } from '../../src/plan/plan.js';
import type { Action, ActionContext, PlanSoFar, ProbeResult, StepContext, StepDescription, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { awaitHealth } from './compose/await-health.js';
import { type SeenServices, lookAtServices, unnamedVolumes } from './compose/look-at-services.js';
import { plannedReleases } from './compose/planned-release.js';
import { errorLines, searchedLines, statusLines, statusOf } from './compose/read-services.js';
import { saveReplaced } from './compose/save-replaced.js';
import { type ServiceDeed, serviceCommands } from './compose/service-commands.js';
import { runningImages } from './compose/state.js';
import { type ComposeContainer, listContainers } from './docker/containers.js';
import { dockerVariables } from './docker/docker-cli.js';
import { durationInput, sayDuration } from './duration-input.js';
import { paste } from './paste.js';
import { lastLine, lastLines } from './run.js';
import { failed, failingInWords } from './step-failure.js';

const input = z
  .strictObject({
    /** The project's folder, absolute. */
    project: z.string().startsWith('/').transform((folder) => (folder.length > 1 ? folder.replace(/\/+$/, '') : folder)),
    services: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]),
    do: z.enum(['stop', 'start', 'restart', 'down-up', 'status', 'errors']),
    /** How long stopping, or becoming healthy, may take. */
    within: durationInput.default(120_000),
  })
  .refine((given) => given.do !== 'down-up' || given.services === 'all', { path: ['services'], message: 'down-up takes the whole project down: services: all' });
type Input = z.output<typeof input>;

/** How it will be done, as a fact of the plan. Files and name: between `down` and `up` no container tells them. */
const plannedSchema = z.object({
  commands: z.array(z.tuple([z.string()], z.string())),
  name: z.string().nullable(),
  files: z.array(z.string()),
  services: z.array(z.string()),
  /** Those that ran. */
  ran: z.array(z.string()),
  starts: z.record(z.string(), z.object({ image: z.string(), id: z.string().nullable() })),
  /** What the services run, by image id; null: no container. */
  runs: z.record(z.string(), z.json()),
  cutOff: z.array(z.string()),
});
type Planned = z.output<typeof plannedSchema>;

/** Stops, starts and restarts services of a compose project, and says what runs and which errors they log. A held project stays held. */
export const composeServicesAction: Action<Input> = {
  name: 'compose.services',
  summary: 'Stops, starts or restarts Docker Compose services and waits for it, or reads their state and error lines.',
  input,
  remote: true,
  defaultTimeoutMs: 10 * 60_000,
  inspect: inspectServices,
  describe: describeDeed,
  before: async (context, given) => {
    if (deedOf(given) === undefined) return {};
    const { services, containers } = await lookAtServices(context, given.project, given.services, plannedOf(given, context.facts));
    const saved = given.do === 'start' || given.do === 'down-up' ? await saveReplaced(context, containers) : undefined;
    return { ran: [...runningServices(services, containers)], containers: containers.map((one) => startOf(one)), ...(saved === undefined ? {} : { saved }) };
  },
  execute: (context, given) => failingInWords(context.mask, () => carryOut(context, given)),
  probe: async (context, given, undo) => {
    try {
      return await probeServices(context, given, undo);
    } catch (error) {
      if (error instanceof ActionError) return { outcome: 'unclear', saw: context.mask(error.message) };
      throw error;
    }
  },
};

const factKey = ({ project, services, do: deed }: Input): string => `compose-services:${project}:${services === 'all' ? '*' : services.join(',')}:${deed}`;
const runningKey = (given: Input, service: string): string => `compose:${given.project}:${service}`;

function deedOf(given: Input): ServiceDeed | undefined {
  return given.do === 'status' || given.do === 'errors' ? undefined : given.do;
}

function plannedOf(given: Input, facts: readonly Fact[]): Planned | undefined {
  const fact = facts.find(({ key }) => key === factKey(given));
  return fact === undefined ? undefined : plannedSchema.parse(fact.value);
}

async function inspectServices(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const seen = await lookAtServices(context, given.project, given.services);
  const readAt = new Date(context.now()).toISOString();
  const deed = deedOf(given);
  if (deed === undefined) return [{ key: factKey(given), kind: 'measured', label: `services of ${given.project}`, value: statusOf(seen.services, seen.containers), readAt }];
  const runs = Object.fromEntries(seen.services.map((service) => [service, runningImages(seen.containers, service)]));
  const planned: Planned = {
    commands: serviceCommands(seen.program, seen.project, deed, given.services, seen.held).map(([program, ...args]) => [program, ...args]),
    name: seen.project.name ?? null, files: [...seen.project.files], services: [...seen.services], ran: [...runningServices(seen.services, seen.containers)], starts: seen.starts,
    runs: Object.fromEntries(Object.entries(runs).map(([service, image]) => [service, typeof image === 'string' || image === null ? image : [...image]])),
    cutOff: deed === 'down-up' ? [...(await unnamedVolumes(context, seen.containers))] : [],
  };
  return [
    ...seen.services.map((service): Fact => ({ key: runningKey(given, service), kind: 'identity', label: `image that ${service} runs`, value: runs[service] ?? null, readAt })),
    { key: factKey(given), kind: 'measured', label: `how services of ${given.project} are handled`, value: planned, readAt },
  ];
}

function describeDeed(given: Input, { facts }: PlanSoFar): StepDescription {
  const named = given.services === 'all' ? [] : given.services;
  const inFolder = (words: readonly string[], more = ''): string => `(cd ${paste([given.project])} && ${paste(['docker', 'compose', ...words, ...named])})${more}`;
  const deed = deedOf(given);
  if (deed === undefined) {
    return { commands: [given.do === 'status' ? inFolder(['ps']) : inFolder(['logs', `--tail=${searchedLines}`], ' | grep -i error')], effect: 'read', destructive: false, changes: [] };
  }
  const planned = plannedOf(given, facts);
  const commands = planned?.commands ?? serviceCommands(['docker', 'compose'], { folder: given.project, files: [] }, deed, given.services, false);
  const replaced = deed === 'start' || deed === 'down-up' ? otherImages(given, planned, facts) : [];
  return {
    commands: [...commands.map((argv) => paste(argv)), ...replaced.map(({ service, image }) => `# ${service} then runs ${image}, another image than now`)],
    effect: 'idempotent',
    destructive: (planned?.cutOff.length ?? 0) > 0,
    ...(deed === 'stop' ? { stopsWriters: true } : { startsWriters: true }),
    changes: replaced.map(({ service, id }) => ({ key: runningKey(given, service), ...(id === null ? {} : { to: id }) })),
    lost: planned?.cutOff ?? [],
    // facts.md: 10 s until a process that ignores SIGTERM is killed.
    estimateMs: deed === 'stop' ? 12_000 : 30_000,
    ...(deed === 'restart' || deed === 'down-up' ? { outageMs: 20_000 } : {}),
  };
}

/** Services that would come up on another image than the one that they run, although no step of the plan puts a release there. */
function otherImages(given: Input, planned: Planned | undefined, facts: readonly Fact[]): readonly { readonly service: string; readonly image: string; readonly id: string | null }[] {
  return Object.entries(planned?.starts ?? {}).flatMap(([service, { image, id }]) => {
    const runs = planned?.runs[service] ?? null;
    return runs === null || runs === id || plannedReleases(facts, given.project, service).length > 0 ? [] : [{ service, image, id }];
  });
}

async function carryOut(context: StepContext, given: Input): Promise<StepResult> {
  const planned = plannedOfDeed(context, given);
  const seen = await lookAtServices(context, given.project, given.services, planned);
  const deed = deedOf(given);
  if (deed === undefined) return read(context, given, seen);
  const moved = deed === 'start' || deed === 'down-up' ? movedImage(context, given, seen, planned) : undefined;
  if (moved !== undefined) return failed('image-moved', moved);
  const ran = runningServices(seen.services, seen.containers);
  for (const argv of serviceCommands(seen.program, seen.project, deed, given.services, seen.held)) {
    const outcome = await context.run({ argv, cwd: given.project, passEnv: dockerVariables, signal: context.signal });
    context.signal.throwIfAborted();
    if (!outcome.ok) return failed('compose-failed', context.mask(lastLine(outcome.output) || outcome.summary), { retryable: true, tail: lastLines(outcome.output, 20) });
  }
  return deed === 'stop' ? awaitStopped(context, given, seen.services, ran) : awaitRunning(context, given, seen.services, new Set([...ran, ...(planned?.ran ?? [])]));
}

function plannedOfDeed(context: StepContext, given: Input): Planned | undefined {
  return deedOf(given) === undefined ? undefined : plannedOf(given, context.facts);
}

async function read(context: StepContext, given: Input, { services, containers }: SeenServices): Promise<StepResult> {
  if (given.do === 'status') {
    statusLines(services, containers).forEach((line) => { context.log(line); });
    return { ok: true, receipt: { services: statusOf(services, containers) } };
  }
  const { found, lines } = await errorLines(context, containers);
  for (const [name, texts] of Object.entries(lines)) for (const text of Array.isArray(texts) ? texts : []) context.log(`${name}: ${String(text)}`);
  return { ok: true, receipt: { errors: found, searched: `the last ${searchedLines} lines of each container`, lines } };
}

/** Rule 2: `up` starts what the files and the override name, and that must be what people saw, or what a step of this plan put there. */
function movedImage(context: StepContext, given: Input, seen: SeenServices, planned: Planned | undefined): string | undefined {
  const [service] = Object.entries(planned?.starts ?? {}).find(([name, { id }]) => seen.starts[name]?.id !== id && plannedReleases(context.facts, given.project, name).length === 0) ?? [];
  return service === undefined ? undefined : `${service} would start ${seen.starts[service]?.image ?? 'nothing'}, which is not the image that the plan saw; plan again`;
}

const stopped = new Set(['exited', 'created', 'dead']);
const pollMs = 250;

function runningServices(services: readonly string[], containers: readonly ComposeContainer[]): readonly string[] {
  return services.filter((service) => containers.some((one) => one.service === service && !stopped.has(one.status)));
}

/** What stops the writers must not be done before the last process is gone. */
async function awaitStopped(context: StepContext, given: Input, services: readonly string[], ran: readonly string[]): Promise<StepResult> {
  const started = context.now();
  for (;;) {
    const containers = await listContainers(context, given.project, services);
    const left = runningServices(services, containers);
    if (left.length === 0) return { ok: true, receipt: { stopped: [...services], ran: [...ran], services: statusOf(services, containers) } };
    if (context.now() - started >= given.within) return failed('still-running', `${left.join(', ')} still ${left.length === 1 ? 'runs' : 'run'} after ${sayDuration(given.within)}`, { retryable: true });
    context.progress(`waiting for ${left.join(', ')} to stop`);
    await context.pause(pollMs);
  }
}

/** Of the whole project those that ran must run; the others may be jobs that have ended, or be switched off. */
async function awaitRunning(context: StepContext, given: Input, services: readonly string[], ran: ReadonlySet<string>): Promise<StepResult> {
  const there = new Set((await listContainers(context, given.project, services)).map(({ service }) => service));
  const expected = services.filter((service) => given.services !== 'all' || there.has(service) || ran.has(service));
  const mayEnd = new Set(given.services === 'all' ? services.filter((service) => !ran.has(service)) : []);
  const health = await awaitHealth(context, given.project, expected, given.within, mayEnd);
  if (!health.ok) return failed('not-healthy', context.mask(health.message), health.tail === '' ? {} : { tail: context.mask(health.tail) });
  return { ok: true, receipt: { services: statusOf(services, health.containers) } };
}

const undoSchema = z.object({ ran: z.array(z.string()), containers: z.array(z.object({ id: z.string(), startedAt: z.number(), running: z.boolean() })) });

function startOf(container: ComposeContainer): JsonObject {
  return { id: container.id, name: container.name, service: container.service, image: container.imageId, startedAt: container.startedAt, running: !stopped.has(container.status) };
}

/** What runs tells what happened, beside what ran before. */
async function probeServices(context: StepContext, given: Input, undo: JsonObject | undefined): Promise<ProbeResult> {
  const before = undoSchema.safeParse(undo).data;
  const deed = deedOf(given);
  if (deed === undefined || before === undefined) return { outcome: 'unclear', saw: 'nothing tells what ran before' };
  const planned = plannedOf(given, context.facts);
  const { services, containers } = await lookAtServices(context, given.project, given.services, planned);
  const running = runningServices(services, containers);
  const saw = statusLines(services, containers).join('; ');
  const same = before.containers.length === containers.length && before.containers.every((old) => containers.some(({ id, startedAt, status }) => id === old.id && startedAt === old.startedAt && !stopped.has(status) === old.running));
  const happened = deed === 'stop' ? running.length === 0 : isUp(given, services, containers, new Set([...before.ran, ...(planned?.ran ?? [])])) && (deed === 'start' || isRenewed(deed, before.containers, containers));
  if (happened) return { outcome: 'happened', receipt: { ...(deed === 'stop' ? { stopped: [...services], ran: before.ran } : {}), services: statusOf(services, containers) }, saw };
  return { outcome: same ? 'absent' : 'unclear', saw };
}

function isUp(given: Input, services: readonly string[], containers: readonly ComposeContainer[], ran: ReadonlySet<string>): boolean {
  return services.every((service) => {
    const own = containers.filter((one) => one.service === service);
    const mayEnd = given.services === 'all' && !ran.has(service);
    return (own.length > 0 || mayEnd) && own.every((one) => (one.status === 'running' && (one.health ?? 'healthy') === 'healthy') || (mayEnd && one.status === 'exited' && one.exitCode === 0));
  });
}

function isRenewed(deed: 'restart' | 'down-up', before: readonly { readonly id: string; readonly startedAt: number }[], now: readonly ComposeContainer[]): boolean {
  return now.every(({ id, startedAt }) => before.every((old) => old.id !== id || (deed === 'restart' && old.startedAt < startedAt)));
}
