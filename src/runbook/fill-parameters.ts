import { isReleaseName } from '../command/words.js';
import { nearestWord } from '../nearest-word.js';
import type { Json, JsonObject } from '../plan/plan.js';
import { accept, refuse, type Decision } from '../refusal.js';
import type { Parameter, Runbook } from './runbook.js';

/**
 * The parameters of a run: what was given, typed as the runbook says, defaults filled in; a parameter that is neither given nor has a default is null.
 * Text that was typed counts as a number or as true or false where the runbook wants one.
 */
export function fillParameters(runbook: Pick<Runbook, 'params'>, given: JsonObject): Decision<JsonObject> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(runbook.params, name));
  if (unknown !== undefined) {
    const nearest = nearestWord(unknown, Object.keys(runbook.params));
    return refuse('unknown-parameter', { parameter: unknown, ...(nearest === undefined ? {} : { nearest }) });
  }
  const filled: Record<string, Json> = {};
  for (const [name, parameter] of Object.entries(runbook.params)) {
    const value = given[name] ?? parameter.default ?? null;
    if (value === null && parameter.required) return refuse('missing-parameter', { parameter: name, type: parameter.type });
    const typed = value === null ? null : typedValue(value, parameter);
    if (typed === undefined) {
      if (parameter.type === 'release') return refuse('malformed-release', { release: typeof value === 'string' ? value : JSON.stringify(value) });
      return refuse('malformed-command', { parameter: name, expected: parameter.type === 'choice' ? parameter.options.join(' | ') : parameter.type });
    }
    filled[name] = typed;
  }
  return accept(filled);
}

function typedValue(value: Json, { type, options }: Parameter): Json | undefined {
  switch (type) {
    case 'release':
      return typeof value === 'string' && isReleaseName(value) ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'choice':
      return options.find((option) => option === value);
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    }
    case 'boolean':
      if (value === 'true' || value === 'false') return value === 'true';
      return typeof value === 'boolean' ? value : undefined;
    default:
      return type satisfies never;
  }
}
