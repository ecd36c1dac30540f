import type { Config } from '../config.js';
import type { Alert } from './concern.js';
import type { ConcernLevel } from './policy.js';

/** A target that an alert concerns, and how. */
export interface ConcernedTarget {
  readonly target: string;
  readonly level: ConcernLevel;
  /** Also when no watch of the target is on. */
  readonly always: boolean;
}

/** The label by which an alert itself names its target. */
export const targetLabel = 'planb_target';

/**
 * The targets that an alert concerns: by the first matcher of each target's `watch.alerts`, and by the label `planb_target`, where the alert's own severity says how much. Only a target with a `watch:` is
 * concerned: without one nobody asked for alerts.
 */
export function concernedTargets(config: Config, { labels }: Pick<Alert, 'labels'>): readonly ConcernedTarget[] {
  return Object.values(config.targets).flatMap(({ id, watch }): readonly ConcernedTarget[] => {
    if (watch === undefined) return [];
    const matcher = watch.alerts.find(({ match }) => Object.entries(match).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value));
    if (matcher !== undefined) return [{ target: id, level: matcher.level, always: matcher.always }];
    return labels[targetLabel] === id ? [{ target: id, level: labels['severity'] === 'critical' ? 'critical' : 'notice', always: false }] : [];
  });
}
