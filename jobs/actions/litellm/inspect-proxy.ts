import { z } from 'zod';
import type { Fact } from '../../../src/plan/plan.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { isTag, parseImage } from '../compose/image-reference.js';
import { findImage, obtainImage } from '../compose/local-images.js';
import { parsePairs } from '../compose/running-environment.js';
import { readSettings } from '../compose/service-settings.js';
import { readState, wantedImage } from '../compose/state.js';
import type { NamedImage } from '../docker/with-container.js';
import { type JudgedKeys, judgeKeys, parseConfig, showPath } from './config-keys.js';
import { type EncryptionKeys, compareKeys, encryptionKeysSchema } from './encryption-keys.js';
import { type FoundConfig, findConfig, startSettings } from './find-config.js';
import { knownNames } from './known-names.js';
import { type ProxyInput, scopeOf } from './proxy-input.js';
import { type RunningProxy, findContainers, readImageEnvironment, readRunningProxies } from './running-proxy.js';

/** Everything of the next start that the older release reacts to and that a plan may show. */
export const startFactSchema = z.object({
  release: z.string(),
  environment: z.record(z.string(), z.string()),
  command: z.array(z.string()),
  configDisables: z.boolean().nullable(),
  knowsV2: z.boolean().nullable(),
});
export type StartFact = z.output<typeof startFactSchema>;

const shownKey = z.object({ path: z.string(), line: z.number() });
export const configFactSchema = z.object({
  path: z.string().nullable(),
  unknown: z.array(shownKey),
  /** Keys that neither release names. */
  strange: z.array(shownKey),
  /** How many are unknown, for a runbook's `if`. */
  count: z.number(),
  cautions: z.array(z.string()),
});
export type ConfigFact = z.output<typeof configFactSchema>;

/** What was found of a proxy that is to be taken back. */
export interface ProxyFindings {
  readonly keys: EncryptionKeys;
  readonly start: StartFact;
  readonly config: ConfigFact;
  /** For the edited copy. */
  readonly file: FoundConfig;
  readonly judged: JudgedKeys;
}

export const proxyFacts = { keys: 'litellm-keys', start: 'litellm-start', config: 'litellm-config' } as const;

/** The proxy as it runs, and as it would start next. Throws ActionError. */
export async function inspectProxy(context: ActionContext, given: ProxyInput): Promise<ProxyFindings> {
  const { running, next, command, older } = 'project' in given ? await ofProject(context, given) : await ofImage(context, given);
  const file = await findConfig(context, given.config, running[0]);
  const parsed = 'text' in file ? parseConfig(file.text) : undefined;
  const settings = startSettings(parsed?.value);
  const environment = new Map([...(await readImageEnvironment(context, older.id)), ...next]);
  const names = (parsed?.keys ?? []).map(({ name }) => name);
  const current = running[0] === undefined ? undefined : { id: running[0].imageId, reference: 'the running image' };
  const [olderKnows, runningKnows] = await Promise.all([
    knownNames(context, older, [...names, 'USE_V2_MIGRATION_RESOLVER']),
    current === undefined ? undefined : knownNames(context, current, names),
  ]);
  const judged = olderKnows === undefined || runningKnows === undefined ? { unknown: [], strange: [] } : judgeKeys(parsed?.keys ?? [], olderKnows, runningKnows);
  const shown = (keys: JudgedKeys['unknown']): ConfigFact['unknown'] => keys.map(({ path, line }) => ({ path: showPath(path), line }));
  return {
    keys: await compareKeys(running.map((proxy) => proxy.environment), environment, settings.masterKey, scopeOf(given)),
    start: {
      release: given.to,
      environment: Object.fromEntries(['DISABLE_SCHEMA_UPDATE', 'USE_V2_MIGRATION_RESOLVER', 'LITELLM_MIGRATION_DIR'].flatMap((name) => (environment.has(name) ? [[name, environment.get(name) ?? '']] : []))),
      command: command.filter((word) => /^--use_/.test(word)),
      configDisables: settings.disables ?? null,
      knowsV2: olderKnows?.has('USE_V2_MIGRATION_RESOLVER') ?? null,
    },
    config: {
      path: 'path' in file ? file.path : null,
      unknown: shown(judged.unknown),
      strange: shown(judged.strange),
      count: judged.unknown.length,
      cautions: cautionsOf(file, parsed !== undefined, running, settings.masterKeyInside, [...(olderKnows === undefined ? [given.to] : []), ...(current !== undefined && runningKnows === undefined ? ['the running image'] : [])]),
    },
    file,
    judged,
  };
}

interface ProxySource {
  readonly running: readonly RunningProxy[];
  /** The variables of the next start, those of the image aside. */
  readonly next: ReadonlyMap<string, string>;
  readonly command: readonly string[];
  readonly older: NamedImage;
}

async function ofProject(context: ActionContext, given: Extract<ProxyInput, { project: string }>): Promise<ProxySource> {
  const state = await readState(context, given.project, [given.service]);
  const { image, reference } = await wantedImage(context, state, given.service, given.to);
  const [running, settings] = await Promise.all([readRunningProxies(context, state.containers.map(({ id }) => id)), readSettings(context, state.project, given.service)]);
  // planb's own reading of the files may hold secrets that the running container shows masked.
  const next = new Map([...settings.environment].map(([name, value]) => [name, context.mask(value)]));
  return { running, next, command: settings.command.length > 0 ? settings.command : (running[0]?.command ?? []), older: { id: image.id, reference } };
}

async function ofImage(context: ActionContext, given: Extract<ProxyInput, { image: string }>): Promise<ProxySource> {
  const reference = isTag(given.to) ? `${parseImage(given.image).repository}:${given.to}` : given.to;
  const image = await obtainImage(context, reference);
  const running = (await findImage(context, given.image)) === undefined ? [] : await readRunningProxies(context, await findContainers(context, given.image));
  const text = await context.files.readText(given['env-file']).catch((error: unknown) => {
    throw new ActionError('no-env-file', `${given['env-file']} cannot be read`, { cause: error });
  });
  if (text === undefined) throw new ActionError('no-env-file', `${given['env-file']} cannot be read: there is no such file`);
  // As docker reads it: no quotes, comments in lines of their own.
  const lines = text.split(/\r?\n/).filter((line) => line.includes('=') && !line.trimStart().startsWith('#'));
  return { running, next: parsePairs(lines.map((line) => context.mask(line.trimStart()))), command: running[0]?.command ?? [], older: { id: image.id, reference } };
}

function cautionsOf(file: FoundConfig, readable: boolean, running: readonly RunningProxy[], masterKeyInside: boolean, unread: readonly string[]): string[] {
  const salted = running.every(({ environment }) => environment.has('LITELLM_SALT_KEY'));
  const newer = 'changedAt' in file && running.some(({ startedAt }) => file.changedAt > startedAt);
  return [
    ...(running.length === 0 ? ['there is no container to compare the keys with'] : []),
    ...('missing' in file ? [`the config keys were not looked at: ${file.missing}`] : []),
    ...('path' in file && !readable ? [`${file.path} is no YAML that planb understands, so its keys were not looked at`] : []),
    ...unread.map((image) => `no code of LiteLLM was found in ${image}, so the config keys were not looked at`),
    ...(masterKeyInside && !salted && newer ? ['config.yaml, whose master_key encrypts, was changed after the container started: see that the key is still the same'] : []),
  ];
}

/** The findings as facts of a plan. What the config holds may change meanwhile: people are asked to edit it. */
export function factsOf(findings: ProxyFindings, given: ProxyInput, readAt: string): readonly Fact[] {
  const scope = scopeOf(given);
  return [
    { key: `${proxyFacts.keys}:${scope}`, kind: 'identity', label: 'keys that encrypt credentials', value: findings.keys, readAt },
    { key: `${proxyFacts.start}:${scope}`, kind: 'identity', label: 'how the next start treats the database', value: findings.start, readAt },
    { key: `${proxyFacts.config}:${scope}`, kind: 'measured', label: 'config keys that the older release does not know', value: findings.config, readAt },
  ];
}

/** The facts of a proxy in a plan; undefined where it has none. */
export function plannedFindings(facts: readonly Fact[], given: ProxyInput): { readonly keys: EncryptionKeys; readonly start: StartFact; readonly config: ConfigFact } | undefined {
  const value = (prefix: string): unknown => facts.find(({ key }) => key === `${prefix}:${scopeOf(given)}`)?.value;
  const keys = encryptionKeysSchema.safeParse(value(proxyFacts.keys)).data;
  const start = startFactSchema.safeParse(value(proxyFacts.start)).data;
  const config = configFactSchema.safeParse(value(proxyFacts.config)).data;
  return keys === undefined || start === undefined || config === undefined ? undefined : { keys, start, config };
}
