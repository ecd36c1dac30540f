import type { Target } from '../../src/config.js';
import type { FactSource } from '../../src/plan/plan.js';
import { channelContext, runContext, targetContext } from '../../src/runbook/contexts.js';
import { resolveForInspection } from '../../src/runbook/resolve-steps.js';
import type { Parts } from '../parts.js';
import { factSource } from './plan-step.js';
import { placeholderRelease } from './read-releases.js';

/** The steps of the target's rollback that can be looked at while there is no run, so without anyone's parameters. A broken runbook has none. */
export async function inspectableSteps(parts: Parts, target: Target): Promise<readonly FactSource[]> {
  const loaded = await parts.world.loadRunbook(target.runbook);
  const channel = parts.config.channels[target.channel];
  if (!loaded.ok || channel === undefined) return [];
  const params = Object.fromEntries(Object.entries(loaded.runbook.params).map(([name, { type, default: given }]) => [name, given ?? (type === 'release' ? placeholderRelease : null)]));
  const resolved = resolveForInspection(loaded.runbook, { target: targetContext(target, loaded.runbook), channel: channelContext(channel), run: runContext({ id: 'none' }, placeholderRelease), params });
  return resolved.ok ? resolved.steps.map((step) => factSource(parts, step, target.on)) : [];
}
