import { present } from '../config/present.js';
import type { WatchCheck, WatchPolicy, WatchRule } from './policy.js';
import type { WatchFile } from './schema.js';

/** `watch:` of a target as the engine takes it. */
export function buildWatch({ for: forMs, after, keep, every, rules, alerts }: WatchFile): WatchPolicy {
  return { forMs, after: [...new Set(after)], everyMs: every, rules: rules.map(buildRule), alerts, ...present({ keepMs: keep }) };
}

function buildRule(written: WatchFile['rules'][number]): WatchRule {
  const { name, level, lasting, on } = written;
  return { name, level, lasting, check: buildCheck(written), ...present({ on }) };
}

function buildCheck({ http, database, counts, logs, latency, restarts, prometheus }: WatchFile['rules'][number]): WatchCheck {
  if (http !== undefined) return { kind: 'http', url: http.url, method: http.method, headers: http.headers, status: http.status, ...present({ expect: http.expect }) };
  if (database !== undefined) return { kind: 'database', database: database.database, sql: database.sql ?? 'SELECT 1', expect: present({ ...(database.expect ?? { rows: 1 }) }) };
  if (counts !== undefined) return { kind: 'counts', ...counts };
  if (logs !== undefined) return { kind: 'logs', source: logs.source, allow: logs.allow, within: logs.within, atLeast: logs.atLeast, ...present({ patterns: logs.patterns }) };
  if (latency !== undefined) return { kind: 'latency', url: latency.url, headers: latency.headers, times: latency.times, ...present({ baseline: latency.baseline }) };
  if (restarts !== undefined) return { kind: 'restarts', ...restarts };
  if (prometheus !== undefined) return { kind: 'prometheus', url: prometheus.url, query: prometheus.query, headers: prometheus.headers, ...present({ above: prometheus.above, below: prometheus.below }) };
  throw new Error('the schema lets no rule through that looks at nothing');
}
