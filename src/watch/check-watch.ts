import { RE2JS, RE2JSException } from 're2js';
import type { Json } from '../plan/plan.js';
import { malformedReferences } from '../config/secret-reference.js';
import type { Finding } from '../yaml/schema-findings.js';
import type { WatchFile } from './schema.js';

/** What is wrong with a `watch:` beyond the shape of its parts. `path` leads to it. */
export function checkWatch(path: readonly PropertyKey[], watch: WatchFile): readonly Finding[] {
  const names = watch.rules.map(({ name }) => name);
  const at = (rest: readonly PropertyKey[], message: string, part: Finding['part'] = 'value'): Finding => ({ path: [...path, ...rest], part, message });
  const rules = JSON.parse(JSON.stringify(watch.rules)) as Json;
  return [
    ...(watch.rules.length === 0 && watch.alerts.length === 0 && watch.keep === undefined ? [at([], 'a watch without rules, alerts and keep watches nothing', 'key')] : []),
    ...(watch.every > watch.for ? [at(['every'], 'rules would be looked at less than once')] : []),
    ...watch.rules.flatMap(({ name, lasting, level, logs, prometheus }, index) => [
      ...(names.indexOf(name) < index ? [at(['rules', index, 'name'], `"${name}" is the name of another rule`)] : []),
      ...(lasting >= watch.for ? [at(['rules', index, 'lasting'], 'the watch ends before this can last so long')] : []),
      ...(prometheus?.above !== undefined && prometheus.below !== undefined && prometheus.above < prometheus.below ? [at(['rules', index, 'prometheus', 'above'], `${prometheus.above} and below ${prometheus.below}: every value would be bad`)] : []),
      ...(level === 'critical' && logs !== undefined && lasting > logs.within ? [at(['rules', index, 'lasting'], 'one line of a log is seen for as long as "within" says: nothing of it can last longer')] : []),
      ...(['patterns', 'allow'] as const).flatMap((key) => (logs?.[key] ?? []).flatMap((pattern, place) => {
        const problem = patternProblem(pattern);
        return problem === undefined ? [] : [at(['rules', index, 'logs', key, place], problem)];
      })),
    ]),
    ...malformedReferences(rules).map((problem) => at(['rules', ...problem.path], problem.message)),
  ];
}

function patternProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `not a pattern that planb can search for: ${error.message}`;
  }
}
