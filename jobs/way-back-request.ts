import { languageOf } from '../src/board/language.js';
import type { Delivery } from '../src/command/command.js';
import { localeOf, type Config } from '../src/config.js';
import { returnRunbook } from '../src/migration/which-way-back.js';
import type { RunEvent } from '../src/run/events.js';
import type { RunState } from '../src/run/state.js';

/** What stopping this run makes planb ask for by itself: the return to the old server, or the release that ran before. Undefined: nothing, since nothing was changed, or nobody can be asked in. */
export function wayBackOf(config: Config, { kind, target, plan, requester, steps }: Pick<RunState, 'kind' | 'target' | 'plan' | 'requester' | 'steps'>): 'return' | 'release' | undefined {
  const returns = kind === 'migration' && Object.hasOwn(config.targets[target]?.runbooks ?? {}, returnRunbook);
  if (!returns && (kind !== 'upgrade' || plan?.from === undefined)) return undefined;
  const acting = new Set(plan?.steps.filter(({ prepare, effect }) => !prepare && effect !== 'read').map((step) => step.id));
  if (!steps.some((step) => acting.has(step.id) && step.attempt > 0) || senderOf(config, target, requester) === undefined) return undefined;
  return returns ? 'return' : 'release';
}

/**
 * What is asked for when an upgrade or a migration that had begun to act was stopped: the rollback to the release that ran before, or the return to the old server, in the name of the one who asked for it and judged like any request. It is
 * only planned; people vote on it. Undefined where nothing was changed, or where nobody can be asked in.
 */
export function wayBackRequest(config: Config, events: readonly RunEvent[], state: RunState): Delivery | undefined {
  const { id, kind, target, plan, outcome, requester, steps } = state;
  const wanted = wayBackOf(config, state);
  const sender = senderOf(config, target, requester);
  if (wanted === undefined || sender === undefined || outcome !== 'stopped' || !events.some(({ type }) => type === 'RunEnded')) return undefined;
  const from = plan?.from?.name;
  const stopped = steps.find(({ status }) => status === 'abandoned');
  const name = plan?.steps.find((step) => step.id === stopped?.id)?.name;
  const { words } = languageOf(localeOf(config, config.targets[target]));
  return {
    id: `planb:way-back:${id}`, ...sender,
    command: { kind: 'request', run: 'rollback', target, ...(wanted === 'return' ? { runbook: returnRunbook } : { ...(from === undefined ? {} : { to: from }), scope: 'app' as const }), reason: words.wayBack.stopped(words.board.kinds[kind], id, name) },
  };
}

/** The requester, where the target's channel and the person share a platform. */
function senderOf(config: Config, target: string, requester: string): Pick<Delivery, 'actor' | 'place'> | undefined {
  const [person, channel] = [config.people[requester], config.channels[config.targets[target]?.channel ?? '']];
  if (person?.slack !== undefined && channel?.slack !== undefined) return { actor: { platform: 'slack', userId: person.slack, displayName: person.name }, place: { platform: 'slack', channel: channel.slack } };
  if (person?.telegram !== undefined && channel?.telegram !== undefined) return { actor: { platform: 'telegram', userId: person.telegram, displayName: person.name }, place: { platform: 'telegram', ...channel.telegram } };
  return undefined;
}
