import type { JsonObject } from '../../src/plan/plan.js';
import type { ActionContext } from '../../src/ports/action.js';
import type { ClaimedRule } from '../../src/ports/watches.js';
import type { Reading } from '../../src/watch/judge-rule.js';
import type { WatchCheck, WatchRule } from '../../src/watch/policy.js';
import { abortAfter } from '../abort-after.js';
import { short } from '../actions/http-probe.js';
import type { Parts } from '../parts.js';
import { actionContext, resolveInput } from '../step-context.js';
import { lookAtCounts, lookAtDatabase } from './checks/database.js';
import { lookAtHttp } from './checks/http.js';
import { lookAtLatency } from './checks/latency.js';
import { lookAtLogs } from './checks/logs.js';
import { lookAtPrometheus } from './checks/prometheus.js';
import { lookAtRestarts } from './checks/restarts.js';

/** Longest time of one look. What hears no abort is left alone after `patienceMs` more. */
export const lookMs = 30_000;
export const patienceMs = 5_000;

/** One look at a rule. Never throws: what cannot be read is a reading too. */
export async function look(parts: Parts, rule: WatchRule, claim: ClaimedRule, signal: AbortSignal): Promise<Reading> {
  const limit = abortAfter(lookMs);
  const on = rule.on === 'here' ? undefined : (rule.on ?? parts.config.targets[claim.target]?.on);
  let leave = (): void => undefined;
  const tooLate = new Promise<Reading>((resolve) => {
    const timer = setTimeout(() => { resolve({ result: 'unread', saw: `no answer within ${lookMs / 1_000} s` }); }, lookMs + patienceMs);
    const stopping = (): void => { resolve({ result: 'unread', saw: 'the worker is stopping' }); };
    signal.addEventListener('abort', stopping, { once: true });
    leave = () => { clearTimeout(timer); signal.removeEventListener('abort', stopping); };
  });
  return Promise.race([lookWithin(parts, rule, claim, on, AbortSignal.any([signal, limit])), tooLate]).finally(leave);
}

async function lookWithin(parts: Parts, rule: WatchRule, claim: ClaimedRule, on: string | undefined, signal: AbortSignal): Promise<Reading> {
  const { mask } = parts.world;
  try {
    const opened = actionContext(parts, { target: claim.target, run: claim.run, step: '', attempt: 0, env: {}, on, signal });
    // The run that is watched has ended: nothing of this belongs into its logs, nor on its board.
    const context: ActionContext = { ...opened, run: (request, how) => opened.run(request, { ...how, quiet: true }), log: () => undefined, progress: () => undefined };
    const reading = await ask(context, resolveCheck(parts, rule.check), claim);
    return { ...reading, saw: short(mask(reading.saw)) };
  } catch (error) {
    return { result: 'unread', saw: short(mask(signal.aborted ? `no answer within ${lookMs / 1_000} s` : error instanceof Error ? error.message : String(error))) };
  }
}

/** Secrets are put in just before the look, and only a check's texts can hold any. */
function resolveCheck(parts: Parts, check: WatchCheck): WatchCheck {
  return resolveInput(parts, JSON.parse(JSON.stringify(check)) as JsonObject, undefined) as WatchCheck & JsonObject;
}

function ask(context: ActionContext, check: WatchCheck, { state, from }: ClaimedRule): Promise<Reading> {
  switch (check.kind) {
    case 'http':
      return lookAtHttp(context, check);
    case 'database':
      return lookAtDatabase(context, check);
    case 'counts':
      return lookAtCounts(context, check);
    case 'logs':
      return lookAtLogs(context, check, from);
    case 'latency':
      return lookAtLatency(context, check, state);
    case 'restarts':
      return lookAtRestarts(context, check, state);
    case 'prometheus':
      return lookAtPrometheus(context, check);
    default:
      throw new Error(`unreachable: ${JSON.stringify(check satisfies never)}`);
  }
}
