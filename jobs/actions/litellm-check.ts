import type { Fact } from '../../src/plan/plan.js';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { type LiteLlmStart, judgeStart } from '../../src/verdict/litellm-start.js';
import { ActionError } from './action-error.js';
import { plannedReleases } from './compose/planned-release.js';
import { writeEditedCopy } from './litellm/edited-copy.js';
import { type ConfigFact, type StartFact, factsOf, inspectProxy, plannedFindings } from './litellm/inspect-proxy.js';
import { type ProxyInput, proxyInput } from './litellm/proxy-input.js';
import { failed, failingInWords } from './step-failure.js';

/**
 * The checks before a LiteLLM proxy is taken back: the keys that encrypt stay the same, the older image drops nothing of the newer database when it starts, and which keys of the
 * config.yaml it does not know. What would lose something refuses the plan; at run time it is looked at once more.
 */
export const litellmCheckAction: Action<ProxyInput> = {
  name: 'litellm.check',
  summary: 'Checks keys, start-up and config of a LiteLLM proxy before an older release is put back.',
  input: proxyInput,
  remote: true,
  // Two images of a gigabyte may have to be read.
  defaultTimeoutMs: 10 * 60_000,
  inspect: async (context, given) => factsOf(await inspectProxy(context, given), given, new Date(context.now()).toISOString()),
  describe: (given, { facts }) => {
    const found = plannedFindings(facts, given);
    if (found === undefined) return { commands: ['# compares keys, start-up and config with the older release'], effect: 'read', destructive: false, changes: [] };
    if (found.keys.problem !== null) throw new ActionError('key-would-change', found.keys.problem);
    const { problem, reason } = judgePlannedStart(found.start, given, facts);
    if (problem) throw new ActionError('would-drop-data', reason);
    const { encrypts } = found.keys;
    return {
      commands: [`# ${encrypts === null ? 'no key encrypts credentials' : `${encrypts} encrypts, and stays as it is (${found.keys.keys[encrypts]?.next ?? ''})`}`, `# ${reason}`, ...configLines(found.config, given).map((line) => `# ${line}`)],
      effect: 'read',
      destructive: false,
      changes: [],
      estimateMs: 5_000,
      todo: found.config.count === 0 ? [] : [`${unknownLine(found.config, given)}; an edited copy and its difference lie in the run's folder`],
    };
  },
  execute: (context, given) => failingInWords(context.mask, () => check(context, given)),
};

async function check(context: StepContext, given: ProxyInput): Promise<StepResult> {
  const found = await inspectProxy(context, given);
  if (found.keys.problem !== null) return failed('key-would-change', context.mask(found.keys.problem));
  const planned = plannedFindings(context.facts, given);
  if (planned !== undefined && JSON.stringify(planned.keys.keys) !== JSON.stringify(found.keys.keys)) return failed('key-changed', 'the keys that encrypt credentials are not those that the plan saw');
  const { problem, reason } = judgePlannedStart(found.start, given, context.facts);
  if (problem) return failed('would-drop-data', context.mask(reason));
  const copy = await writeEditedCopy(context, found);
  for (const line of configLines(found.config, given)) context.log(line);
  if (copy !== undefined) context.log(`edited copy: ${copy.copy}`);
  return {
    ok: true,
    receipt: {
      encrypts: found.keys.encrypts, keys: 'unchanged', start: reason, unknown: found.config.unknown.map(({ path }) => path), strange: found.config.strange.map(({ path }) => path),
      ...(copy === undefined ? {} : { copy: copy.copy, difference: copy.difference }),
    },
  };
}

/** With the variables that the plan's own steps will set: a plan is right only as a whole. */
function judgePlannedStart(start: StartFact, given: ProxyInput, facts: readonly Fact[]): { readonly problem: boolean; readonly reason: string } {
  const environments = 'project' in given
    ? plannedReleases(facts, given.project, given.service).filter(({ image }) => image === given.to).map(({ environment }) => environment)
    : [given.environment];
  const verdicts = (environments.length === 0 ? [{}] : environments).map((environment) => {
    const keys = Object.keys(environment).find((name) => /^LITELLM_(SALT|MASTER)_KEY$/.test(name));
    if (keys !== undefined) return { problem: true, reason: `the plan sets ${keys}; leave it to the proxy's own files, so that it stays as it is` };
    const verdict = judgeStart(startOf(start, environment), given.restored);
    const hint = verdict.needs.length > 0 && 'project' in given ? ' (environment: of the compose.release step)' : '';
    return { problem: !verdict.safe, reason: `${verdict.reason}${hint}` };
  });
  return verdicts.find(({ problem }) => problem) ?? verdicts[0] ?? { problem: false, reason: '' };
}

function startOf({ release, environment, command, configDisables, knowsV2 }: StartFact, more: Readonly<Record<string, string>>): LiteLlmStart {
  return { release, environment: { ...environment, ...more }, command, ...(configDisables === null ? {} : { configDisables }), ...(knowsV2 === null ? {} : { knowsV2 }) };
}

function configLines(config: ConfigFact, given: ProxyInput): readonly string[] {
  const known = config.path === null || config.cautions.length > 0 ? [] : [`${given.to} knows every key of ${config.path} that the running release knows`];
  const strange = config.strange.length === 0 ? [] : [`neither release names, so they are yours or mistakes: ${listed(config.strange)}`];
  return [...config.cautions, ...(config.count === 0 ? known : [unknownLine(config, given)]), ...strange];
}

function unknownLine(config: ConfigFact, given: ProxyInput): string {
  return `${given.to} does not know of ${config.path ?? ''}: ${listed(config.unknown)}`;
}

function listed(keys: ConfigFact['unknown']): string {
  const shown = keys.slice(0, 10).map(({ path, line }) => `${path} (line ${line})`).join(', ');
  return keys.length > 10 ? `${shown} and ${keys.length - 10} more` : shown;
}
