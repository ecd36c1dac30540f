import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fact, Json, JsonObject } from '../../src/plan/plan.js';
import type { Action, ActionContext, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { awaitHealth } from './compose/await-health.js';
import { findCompose, upArguments } from './compose/compose-command.js';
import { environmentSchema, pasteVariables, writeVariable } from './compose/environment-input.js';
import { isTag } from './compose/image-reference.js';
import { digestOf, listReleases, pinned } from './compose/local-images.js';
import { type HeldImage, holdServices, overrideName, readOverrideText, renderOverride, restoreHold } from './compose/override.js';
import { type PlannedRelease, plannedReleaseKey, plannedReleaseSchema } from './compose/planned-release.js';
import { wrongVariables } from './compose/running-environment.js';
import { keepOverride, saveReplaced } from './compose/save-replaced.js';
import { type WantedImage, fileToChange, readState, releaseOf, repositoryOf, runningImages, runningRelease, wantedImage } from './compose/state.js';
import { listContainers } from './docker/containers.js';
import { dockerVariables } from './docker/docker-cli.js';
import { durationInput } from './duration-input.js';
import { paste } from './paste.js';
import { lastLine, lastLines } from './run.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  /** The project's folder, absolute. */
  project: z.string().startsWith('/').transform((folder) => (folder.length > 1 ? folder.replace(/\/+$/, '') : folder)),
  services: z.array(z.string().min(1)).min(1),
  /** A release name (a tag of each service's repository) or a full reference. */
  image: z.string().min(1),
  /** How long the containers may take to become healthy. */
  within: durationInput.default(120_000),
  /** Variables that the services get beside those of the user's own files; a value may be a secret reference. */
  environment: environmentSchema.default({}),
});
type Input = z.output<typeof input>;

/**
 * Puts a release of compose services back by an override file of planb's own beside the user's files, which stay untouched; the project is then held. Waits until the containers
 * are healthy.
 */
export const composeReleaseAction: Action<Input> = {
  name: 'compose.release',
  summary: 'Puts a release of Docker Compose services back by an override file, and waits until it is healthy.',
  input,
  remote: true,
  defaultTimeoutMs: 10 * 60_000,
  inspect: inspectProject,
  releases: async (context, given) => {
    const state = await readState(context, given.project, given.services);
    const releases = await listReleases(context, await repositoryOf(context, state, given.services[0] ?? ''));
    return releases.map(releaseOf);
  },
  running: async (context, given) => runningRelease(context, await readState(context, given.project, given.services), given.services[0] ?? ''),
  describe: (given, { facts }) => {
    const planned = plannedReleaseSchema.safeParse(facts.find((fact) => fact.key === plannedReleaseKey(given))?.value).data;
    const up = paste(planned?.argv ?? ['docker', 'compose', 'up', '-d', '--no-deps', '--no-build', ...given.services], pasteVariables(given.environment));
    const write = planned === undefined ? [] : [`cat > ${paste([join(given.project, overrideName)])} <<'END'\n${renderOverride(heldAfter(planned, given), planned.version ?? undefined, writeVariable)}END`];
    return {
      commands: [...write, up],
      effect: 'idempotent',
      destructive: false,
      startsWriters: true,
      changes: given.services.map((service) => {
        const to = facts.find((fact) => fact.key === wantedKey(given, service))?.value;
        return { key: runningKey(given, service), ...(to === undefined ? {} : { to }) };
      }),
      estimateMs: 30_000,
      // facts.md: 10 s when the old process ignores SIGTERM.
      outageMs: 12_000,
      todo: planned?.todo ?? [],
    };
  },
  before: async (context, given) => {
    const state = await readState(context, given.project, given.services);
    const saved = await saveReplaced(context, state.containers);
    return {
      override: await keepOverride(context, given.project),
      running: runningOf(given, state.containers),
      containers: state.containers.map((container) => ({ service: container.service, name: container.name, id: container.id, image: container.imageName })),
      ...(saved === undefined ? {} : { saved }),
    };
  },
  execute: (context, given) => failingInWords(context.mask, () => putBack(context, given)),
  probe: async (context, given, undo) => {
    try {
      return await probeProject(context, given, undo);
    } catch (error) {
      if (error instanceof ActionError) return { outcome: 'unclear', saw: context.mask(error.message) };
      throw error;
    }
  },
  cleanup: takeHoldBack,
};

const runningKey = (given: Input, service: string): string => `compose:${given.project}:${service}`;
/** With the image: two steps may put the same service on two images, and each must find its own. */
const wantedKey = (given: Input, service: string): string => `compose-image:${given.project}:${service}:${given.image}`;

async function inspectProject(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const state = await readState(context, given.project, given.services);
  const wanted = await Promise.all(given.services.map((service) => wantedImage(context, state, service, given.image)));
  const program = await findCompose(context);
  const readAt = new Date(context.now()).toISOString();
  const todo = wanted.flatMap(({ service, repository }) => fileToChange(state.project, state.project.images.get(service), { repository, release: given.image }) ?? []);
  const held = new Map([...state.held, ...holdOf(wanted, given, '<run>')]);
  const plan: PlannedRelease = {
    argv: [...upArguments(program, state.project, given.services)],
    services: given.services,
    image: given.image,
    environment: given.environment,
    version: state.project.version ?? null,
    held: Object.fromEntries([...held].map(([service, { image, release, run, environment = {} }]) => [service, { image, release, run, variables: Object.keys(environment) }])),
    todo,
  };
  const perService = wanted.flatMap(({ service, reference, image }): readonly Fact[] => {
    const containers = state.containers.filter((container) => container.service === service);
    const up = containers.map(({ name, status, health, startedAt }) => `${name} ${health ?? status}, started ${new Date(startedAt).toISOString()}`);
    return [
      { key: runningKey(given, service), kind: 'identity', label: `image that ${service} runs`, value: runningImages(state.containers, service), readAt },
      { key: wantedKey(given, service), kind: 'identity', label: `image ${reference}`, value: image.id, readAt },
      { key: `compose-up:${given.project}:${service}`, kind: 'measured', label: `containers of ${service}`, value: up, readAt },
    ];
  });
  return [
    ...perService,
    { key: `compose-files:${given.project}`, kind: 'identity', label: `compose files of ${given.project}`, value: state.project.sha256, readAt },
    { key: plannedReleaseKey(given), kind: 'measured', label: 'how it is put back', value: plan, readAt },
  ];
}

/** What the override will say, secrets as references. Of what other services are held with only the names are known here. */
function heldAfter(planned: PlannedRelease, given: Input): ReadonlyMap<string, HeldImage> {
  return new Map(Object.entries(planned.held).map(([service, { variables, ...image }]) => {
    const environment = given.services.includes(service) ? given.environment : Object.fromEntries(variables.map((name) => [name, `\${env:${name}}`]));
    return [service, { ...image, environment }];
  }));
}

function holdOf(wanted: readonly WantedImage[], given: Input, run: string): ReadonlyMap<string, HeldImage> {
  const release = (reference: string): string => (isTag(given.image) ? given.image : reference);
  const environment = Object.keys(given.environment).length === 0 ? {} : { environment: given.environment };
  return new Map(wanted.map(({ service, repository, reference, image }) => [service, { image: pinned(image, repository), release: release(reference), run, ...environment }] as const));
}

async function putBack(context: StepContext, given: Input): Promise<StepResult> {
  const state = await readState(context, given.project, given.services);
  const wanted = await Promise.all(given.services.map((service) => wantedImage(context, state, service, given.image)));
  for (const { service, reference, image } of wanted) {
    const planned = context.facts.find((fact) => fact.key === wantedKey(given, service))?.value;
    // Rule 2: a tag that was moved since the vote is another release.
    if (planned !== undefined && planned !== image.id) return failed('image-moved', `${reference} is ${image.id.slice(0, 19)} now, and ${say(planned)} was approved`);
  }
  const before = await readOverrideText(context.files, given.project);
  await holdServices(context.files, given.project, holdOf(wanted, given, context.runId), state.project.version);
  const argv = upArguments(await findCompose(context), state.project, given.services);
  const outcome = await context.run({ argv, cwd: given.project, passEnv: dockerVariables, signal: context.signal });
  context.signal.throwIfAborted();
  if (!outcome.ok) {
    const after = await listContainers(context, given.project, given.services);
    if (unchanged(given, runningOf(given, state.containers), after)) await restoreHold(context.files, given.project, given.services, before);
    return failed('compose-failed', context.mask(lastLine(outcome.output) || outcome.summary), { retryable: true, tail: lastLines(outcome.output, 20) });
  }

  const health = await awaitHealth(context, given.project, given.services, given.within);
  if (!health.ok) return failed('not-healthy', context.mask(health.message), health.tail === '' ? {} : { tail: context.mask(health.tail) });
  const other = wanted.find(({ service, image }) => runningImages(health.containers, service) !== image.id);
  if (other !== undefined) return failed('wrong-image', `${other.service} runs ${say(runningImages(health.containers, other.service))} and not ${other.image.id.slice(0, 19)}`);
  const wrong = await wrongVariables(context, health.containers.map(({ id }) => id), given.environment);
  if (wrong.length > 0) return failed('wrong-environment', `${given.services.join(', ')} runs without the planned ${wrong.join(', ')}`);
  return { ok: true, receipt: receiptOf(given, wanted, health.containers, state.containers) };
}

type Containers = Awaited<ReturnType<typeof readState>>['containers'];

function receiptOf(given: Input, wanted: readonly WantedImage[], after: Containers, before: Containers): JsonObject {
  const variables = Object.keys(given.environment);
  return {
    ...(variables.length === 0 ? {} : { variables }),
    services: Object.fromEntries(
      wanted.map(({ service, repository, reference, image }) => [
        service,
        {
          image: reference,
          id: image.id,
          digest: digestOf(image, repository),
          before: runningImages(before, service),
          containers: after.filter((container) => container.service === service).map(({ name, id, startedAt, health }) => ({ name, id: id.slice(0, 12), startedAt: new Date(startedAt).toISOString(), ...(health === undefined ? {} : { health }) })),
        },
      ]),
    ),
  };
}

const undoSchema = z.object({ override: z.string().nullable(), running: z.record(z.string(), z.json()) });

/** By container, too: another environment makes another container of the same image. */
function runningOf(given: Input, containers: Containers): JsonObject {
  return Object.fromEntries(given.services.map((service) => [service, containers.filter((one) => one.service === service).map(({ id, imageId }) => `${id} ${imageId}`).sort()]));
}

function unchanged(given: Input, before: JsonObject, containers: Containers): boolean {
  const now = runningOf(given, containers);
  return given.services.every((service) => JSON.stringify(before[service] ?? null) === JSON.stringify(now[service] ?? null));
}

/** A hold on what does not run would call the target held for nothing; where something changed it says the truth. */
async function takeHoldBack(context: StepContext, given: Input, undo: JsonObject | undefined): Promise<void> {
  const before = undoSchema.safeParse(undo).data;
  if (before === undefined || !unchanged(given, before.running, await listContainers(context, given.project, given.services))) return;
  await restoreHold(context.files, given.project, given.services, before.override === null ? undefined : await readFile(before.override, 'utf8'));
}

/** What is running tells what happened: the wanted image and variables, or still the containers from before. */
async function probeProject(context: StepContext, given: Input, undo: JsonObject | undefined): Promise<ProbeResult> {
  const state = await readState(context, given.project, given.services);
  const wanted = await Promise.all(given.services.map((service) => wantedImage(context, state, service, given.image)));
  const wrong = await wrongVariables(context, state.containers.map(({ id }) => id), given.environment);
  const saw = [...given.services.map((service) => `${service} runs ${say(runningImages(state.containers, service))}`), ...(wrong.length === 0 ? [] : [`${wrong.join(', ')} not as planned`])].join(', ');
  const held = wanted.every(({ service, repository, image }) => isHeldOn(state.held.get(service), pinned(image, repository), given));
  const there = wrong.length === 0 && wanted.every(({ service, image }) => runningImages(state.containers, service) === image.id);
  if (held && there && state.containers.every((container) => container.status === 'running')) {
    return { outcome: 'happened', receipt: receiptOf(given, wanted, state.containers, []), saw };
  }
  const before = undoSchema.safeParse(undo).data?.running;
  return { outcome: before !== undefined && unchanged(given, before, state.containers) && !there ? 'absent' : 'unclear', saw };
}

function isHeldOn(held: HeldImage | undefined, image: string, { environment }: Input): boolean {
  return held?.image === image && Object.entries({ ...held.environment, ...environment }).every(([name, value]) => held.environment?.[name] === value && environment[name] === value);
}

/** An image id as far as people read it. */
function say(value: Json | readonly string[]): string {
  if (value === null) return 'nothing';
  return typeof value === 'string' ? value.slice(0, 19) : JSON.stringify(value);
}
