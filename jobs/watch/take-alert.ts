import type { Alert, Concern } from '../../src/watch/concern.js';
import { concernedTargets } from '../../src/watch/match-alert.js';
import { short } from '../actions/http-probe.js';
import { concernSender } from './concern-delivery.js';
import type { Handled, Sender } from '../deliveries/sender.js';

/** An alert that Alertmanager sent: for each target that it concerns, what a rule of its watch would be. */
export async function takeAlert({ parts, now }: Sender, alert: Alert): Promise<Handled> {
  const { labels, annotations, key, startsAt, status } = alert;
  const name = labels['alertname'] ?? 'alert';
  const watching = (await parts.store.liveWatches()).filter(({ phase }) => phase === 'watching');
  const targets = concernedTargets(parts.config, alert).flatMap((concerned) => {
    const watch = watching.find(({ target }) => target === concerned.target);
    // Its end is told wherever its beginning was, also when the watch is over by then.
    return watch === undefined && !concerned.always && status === 'firing' ? [] : [{ ...concerned, watch: watch?.run }];
  });
  if (targets.length === 0) {
    parts.log.warn({ alert: parts.world.mask(name), status }, 'an alert concerns no target that is watched now');
    return { outcome: 'concerns no target', messages: [] };
  }
  for (const { target, level, watch } of targets) {
    const concern: Concern = {
      key: `${key}:${target}`, source: 'alert', status: status === 'firing' ? 'holds' : 'over', name: short(parts.world.mask(name)), level, target, since: startsAt, at: now,
      saw: short(parts.world.mask(annotations['summary'] ?? annotations['description'] ?? annotations['message'] ?? '')), ...(watch === undefined ? {} : { watch }),
    };
    await parts.store.acceptDelivery(concernSender(concern));
  }
  return { outcome: `concerns ${targets.map(({ target }) => target).join(', ')}`, messages: [] };
}
