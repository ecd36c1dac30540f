import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { sshAddressPattern } from '../config/ssh-address.js';
import { jsonSchema } from '../yaml/json-schema.js';
import { watchedKinds } from './policy.js';

const text = z.string().min(1);
const url = text.regex(/^(https?:\/\/|\$\{)/, 'expected an http or https URL');
const headers = z.record(z.string(), z.string()).default({});
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const level = z.enum(['critical', 'notice']);
const query = z.strictObject({ database: text, sql: text });

const http = z.strictObject({
  url, method: z.enum(['GET', 'HEAD']).default('GET'), headers,
  status: z.int().min(100).max(599).default(200),
  expect: jsonSchema.optional().meta({ description: 'JSON that the body must contain.' }),
});

const database = z.strictObject({
  database: text,
  sql: text.optional().meta({ description: 'One SELECT; absent: whether it answers at all.' }),
  expect: z
    .strictObject({ value: scalar.optional(), min: z.number().optional(), max: z.number().optional(), rows: z.int().min(0).max(10_000).optional(), row: z.record(z.string(), jsonSchema).optional() })
    .refine((given) => Object.keys(given).length > 0, 'say what to expect: rows, value, min, max or row')
    .optional(),
}).refine(({ sql, expect }) => (sql === undefined) === (expect === undefined), { error: '"sql" and "expect" belong together' });

const counts = z.strictObject({
  of: query, against: query,
  compare: z.enum(['equal', 'at-least']).default('equal').meta({ description: 'at-least: the first may have more, since it goes on being written to.' }),
  tolerance: z.int().min(0).default(0),
});

const logs = z.strictObject({
  source: z.union([
    z.strictObject({ compose: z.strictObject({ project: text, services: z.array(text).min(1) }) }),
    z.strictObject({ file: text }),
    z.strictObject({ run: z.tuple([text], z.string()) }),
  ]),
  patterns: z.array(z.string().min(1).max(500)).min(1).max(100).optional().meta({ description: 'RE2 expressions; by default those of logs.scan.' }),
  allow: z.array(z.string().min(1).max(500)).max(100).default([]).meta({ description: 'Lines that match one of these are no errors.' }),
  within: durationSchema.prefault('5m').meta({ description: 'How far back each look reads.' }),
  atLeast: z.int().min(1).default(1).meta({ description: 'So many lines make it bad.' }),
});

const latency = z.strictObject({
  url, headers,
  times: z.number().gt(1, 'expected more than 1').default(10).meta({ description: 'Bad when the median answer takes more than so many times the baseline.' }),
  baseline: durationSchema.refine((ms) => ms > 0, 'expected more than nothing').optional().meta({ description: 'By default that of the last preflight, else what the watch measures first.' }),
});

const restarts = z.strictObject({
  project: text, services: z.array(text).min(1),
  moreThan: z.int().min(0).default(2).meta({ description: 'More restarts than this within the time are a loop.' }),
  within: durationSchema.prefault('10m'),
});

const prometheus = z.strictObject({
  url, query: text, headers,
  above: z.number().optional(), below: z.number().optional(),
});

const checks = { http, database, counts, logs, latency, restarts, prometheus };
const checkNames = Object.keys(checks) as readonly (keyof typeof checks)[];

const rule = z
  .strictObject({
    name: z.string().trim().min(1, 'expected a name').max(80, 'expected at most 80 characters'),
    level: level.default('critical').meta({ description: 'critical: a reason to go back; notice: said once, quietly.' }),
    lasting: durationSchema.prefault('0s').meta({ description: 'How long it has to be bad.' }),
    on: z.union([z.literal('here'), z.string().regex(sshAddressPattern, 'expected ssh://user@host, or here')]).optional().meta({ description: 'Where it is looked at; by default where the target is.' }),
    http: http.optional(), database: database.optional(), counts: counts.optional(), logs: logs.optional(), latency: latency.optional(), restarts: restarts.optional(), prometheus: prometheus.optional(),
  })
  .refine((given) => checkNames.filter((name) => given[name] !== undefined).length === 1, `a rule looks at one thing: ${checkNames.join(', ')}`);

const alert = z.strictObject({
  match: z.record(z.string().min(1), z.string()).refine((labels) => Object.keys(labels).length > 0, 'expected labels to match').meta({ description: 'Labels that the alert must have with these values.' }),
  level: level.default('critical'),
  always: z.boolean().default(false).meta({ description: 'Also when no watch is on.' }),
});

/** `watch:` of a target in planb.yaml. */
export const watchSchema = z.strictObject({
  for: durationSchema.refine((ms) => ms >= 1_000, 'expected at least a second').prefault('24h').meta({ description: 'How long rules are looked at after a run.' }),
  after: z.array(z.enum(watchedKinds)).min(1).default([...watchedKinds]).meta({ description: 'The kinds of run that are watched.' }),
  keep: durationSchema.optional().meta({ description: 'How long a migration\'s old server is kept; nobody can call it done before.' }),
  every: durationSchema.refine((ms) => ms >= 1_000, 'expected at least a second').prefault('60s').meta({ description: 'How often each rule is looked at.' }),
  rules: z.array(rule).max(50, 'expected at most 50 rules').default([]),
  alerts: z.array(alert).default([]).meta({ description: 'Alerts of Alertmanager that concern the target.' }),
});
export type WatchFile = z.infer<typeof watchSchema>;
