import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { jsonSchema } from '../yaml/json-schema.js';

const text = z.string().trim().min(1, 'expected some text');
const programAndArguments = z.array(z.string()).min(1, 'expected a program and its arguments');
const stepId = z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, 'expected an id of lower-case letters, digits, "_" and "-", beginning with a letter');
/** Expressions read parameters as `params.name`. */
const parameterName = z.string().regex(/^[a-z][A-Za-z0-9_]{0,39}$/, 'expected a name of letters, digits and "_"');

const parameter = z.strictObject({
  type: z.enum(['release', 'string', 'number', 'boolean', 'choice']),
  required: z.boolean().default(false),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  options: z.array(z.string()).min(1, 'expected at least one option').optional(),
  description: text.optional(),
});

const setting = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'list', 'mapping']).default('string'),
  required: z.boolean().default(false),
  default: jsonSchema.optional(),
  description: text.optional(),
});

const step = z.strictObject({
  id: stepId,
  name: text.optional(),
  uses: text.optional(),
  run: programAndArguments.optional(),
  with: z.record(z.string(), jsonSchema).optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  prepare: z.boolean().default(false),
  if: z.union([z.string(), z.boolean()]).optional(),
  'timeout-minutes': z.number().positive('expected more than 0 minutes').max(7 * 24 * 60, 'expected at most 10080 minutes, a week').optional(),
  retry: z
    .strictObject({
      max: z.int({ error: 'expected a whole number of further tries' }).min(0).max(100),
      delay: durationSchema.prefault('10s'),
    })
    .optional(),
  'continue-on-error': z.boolean().default(false),
  /** Empty: on planb's own machine, whatever the target says. */
  on: z.string().trim().optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'), z.string()).optional(),
  destructive: z.boolean().optional(),
  'stops-writers': z.boolean().optional(),
  /** What this check sees is what the board's NOW line says. */
  now: z.boolean().default(false),
  /** Told to the channels under `notify` when the step begins. */
  stage: z.union([text, z.strictObject({ en: text, ru: text })]).optional(),
  effect: z.enum(['read', 'idempotent', 'once']).optional(),
  probe: programAndArguments.optional(),
});

/** A runbook as people write it, in GitHub Actions' words. */
export const runbookSchema = z.strictObject({
  name: text,
  description: text.optional(),
  kind: z.enum(['rollback', 'repair', 'upgrade', 'migration', 'preflight', 'verify']),
  params: z.record(parameterName, parameter).default({}),
  target: z.record(parameterName, setting).optional(),
  steps: z.array(step).min(1, 'expected at least one step'),
});

export type RunbookFile = z.infer<typeof runbookSchema>;
export type StepFile = RunbookFile['steps'][number];
export type SettingFile = z.infer<typeof setting>;
export type ParameterFile = RunbookFile['params'][string];

