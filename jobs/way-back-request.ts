import type { Delivery } from '../src/command/command.js';
import type { Config } from '../src/config.js';
import { returnRunbook } from '../src/migration/which-way-back.js';
import type { RunEvent } from '../src/run/events.js';
import type { RunState } from '../src/run/state.js';

/**
 * What is asked for when an upgrade or a migration that had begun to act was stopped: the rollback to the release that ran before, or the return to the old server, in the name of the one who asked for it and judged like any request. It is
 * only planned; people vote on it. Undefined where nothing was changed, or where nobody can be asked in.
 */
export function wayBackRequest(config: Config, events: readonly RunEvent[], { id, kind, target, plan, outcome, requester, steps }: RunState): Delivery | undefined {
  const ended = events.some(({ type }) => type === 'RunEnded');
  const from = plan?.from?.name;
  const returns = kind === 'migration' && Object.hasOwn(config.targets[target]?.runbooks ?? {}, returnRunbook);
  if (!ended || outcome !== 'stopped' || !(returns || (kind === 'upgrade' && from !== undefined))) return undefined;
  const acting = new Set(plan?.steps.filter(({ prepare, effect }) => !prepare && effect !== 'read').map((step) => step.id));
  if (!steps.some((step) => acting.has(step.id) && step.attempt > 0)) return undefined;
  const stopped = steps.find(({ status }) => status === 'abandoned');
  const name = plan?.steps.find((step) => step.id === stopped?.id)?.name;
  const sender = senderOf(config, target, requester);
  if (sender === undefined) return undefined;
  return {
    id: `planb:way-back:${id}`, ...sender,
    command: { kind: 'request', run: 'rollback', target, ...(returns ? { runbook: returnRunbook } : { ...(from === undefined ? {} : { to: from }), scope: 'app' as const }), reason: `${kind} ${id} was stopped${name === undefined ? '' : ` at "${name}"`}` },
  };
}

/** The requester, where the target's channel and the person share a platform. */
function senderOf(config: Config, target: string, requester: string): Pick<Delivery, 'actor' | 'place'> | undefined {
  const [person, channel] = [config.people[requester], config.channels[config.targets[target]?.channel ?? '']];
  if (person?.slack !== undefined && channel?.slack !== undefined) return { actor: { platform: 'slack', userId: person.slack, displayName: person.name }, place: { platform: 'slack', channel: channel.slack } };
  if (person?.telegram !== undefined && channel?.telegram !== undefined) return { actor: { platform: 'telegram', userId: person.telegram, displayName: person.name }, place: { platform: 'telegram', ...channel.telegram } };
  return undefined;
}
