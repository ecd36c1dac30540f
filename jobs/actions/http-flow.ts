import type { Action, StepDescription } from '../../src/ports/action.js';
import { sayDuration } from './duration-input.js';
import { type FlowInput, flowInput, type FlowRequest, onlyLooks, placedTexts } from './http/flow-input.js';
import { namesIn } from './http/placeholders.js';
import { runFlow } from './http/run-flow.js';
import { paste } from './paste.js';

/** Requests in sequence, as a user of the service would make them: sign in, make something, find it, take it away. */
export const httpFlowAction: Action<FlowInput> = {
  name: 'http.flow',
  summary: 'Makes requests one after another, with values of one answer in the next, and takes away what they made.',
  input: flowInput,
  remote: true,
  check: true,
  defaultTimeoutMs: 5 * 60_000,
  describe: (given) => {
    const foreign = given.requests.filter((one) => one.method === 'DELETE' && !namesItsOwn(one, given));
    return {
      commands: [...varLines(given), ...given.requests.map((one) => `${paste(curl(one, given))}   # ${outline(one)}`)],
      effect: effectOf(given),
      // A flow deletes what it made and names it. What is named by the runbook was there before.
      destructive: foreign.length > 0,
      changes: [],
      ...(foreign.length === 0 ? {} : { lost: foreign.map((one) => `what ${one.name} deletes: ${addressOf(one, given)}`) }),
    };
  },
  execute: runFlow,
};

function effectOf({ requests }: FlowInput): StepDescription['effect'] {
  return requests.every(onlyLooks) ? 'read' : 'idempotent';
}

function namesItsOwn(one: FlowRequest, { requests, vars }: FlowInput): boolean {
  const ownVars = Object.entries(vars).flatMap(([name, text]) => (namesIn(text).some((used) => used === 'run' || used === 'unique') ? [name] : []));
  const own = new Set(['run', 'unique', ...ownVars, ...requests.flatMap(({ capture }) => Object.keys(capture))]);
  return placedTexts({ ...one, headers: {} }).some(({ text }) => namesIn(text).some((name) => own.has(name)));
}

function varLines({ vars }: FlowInput): readonly string[] {
  return Object.entries(vars).map(([name, text]) => `# {${name}} is ${text}`);
}

function addressOf({ path, url }: FlowRequest, { baseUrl }: FlowInput): string {
  return url ?? `${(baseUrl ?? '').replace(/\/+$/, '')}${path ?? ''}`;
}

function curl(one: FlowRequest, given: FlowInput): readonly string[] {
  const headers = Object.entries(one.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const form = Object.entries(one.form ?? {}).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
  const body = one.json !== undefined ? ['--json', JSON.stringify(one.json)] : one.body === undefined ? [] : ['--data', one.body];
  const method = one.method === 'GET' ? [] : ['-X', one.method];
  const cookies = given.cookies ? ['-b', 'cookies', '-c', 'cookies'] : [];
  return ['curl', '-sS', '-i', ...(one.follow ? ['-L'] : []), ...cookies, ...method, ...headers, ...form, ...body, addressOf(one, given)];
}

/** `register: 201; {token} from $.access_token` */
function outline(one: FlowRequest): string {
  const lists = (what: string, given: FlowRequest['includes']): readonly string[] => Object.entries(given).map(([where, item]) => `${where} ${what} ${JSON.stringify(item)}`);
  return [
    `${one.name}: ${[one.status].flat().join(' or ')}${one.expect === undefined ? '' : ` with ${JSON.stringify(one.expect)}`}`,
    ...lists('holds', one.includes), ...lists('holds no', one.excludes),
    ...Object.entries(one.capture).map(([name, where]) => `{${name}} from ${where}`),
    ...(one.within > 0 ? [`within ${sayDuration(one.within)}`] : []),
    ...(one.retry > 0 ? [`up to ${one.retry + 1} times`] : []),
    ...(one.always ? ['also after a failure'] : []),
  ].join('; ');
}
