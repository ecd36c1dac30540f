import { z } from 'zod';
import { idPattern, isReleaseName } from '../command/words.js';
import { durationSchema } from '../duration.js';
import { leastKept } from '../ports/backups.js';
import { jsonSchema } from '../yaml/json-schema.js';
import { isRange } from '../plan/insecure-releases.js';
import { autoSchema } from '../approval/auto-schema.js';
import { watchSchema } from '../watch/schema.js';
import { sshAddressPattern } from './ssh-address.js';
import { parseReference } from './secret-reference.js';
import { dnsProviderSchema } from './dns-schema.js';

const id = z.string().regex(idPattern, 'expected an id of lower-case letters, digits, ".", "_" and "-"');
const name = z.string().trim().min(1, 'expected a name').max(80, 'expected at most 80 characters');
const locale = z.enum(['en', 'ru']).meta({ description: 'The language of boards and answers.' });

/** Telegram ids are whole numbers up to 52 bits; YAML may write them as numbers or as text. */
function telegramId(pattern: RegExp, expected: string) {
  return z
    .union([z.int({ error: expected }), z.string()], { error: expected })
    .transform(String)
    .refine((text) => pattern.test(text), expected);
}

const reference = z.string().refine((text) => parseReference(text) !== undefined, 'expected a reference, ${env:NAME} or ${file:PATH}, never the secret itself');

const program = z
  .strictObject({ run: z.array(z.string()).min(1, 'expected a program and its arguments').meta({ description: 'A program and its arguments; no shell reads it.' }) });

const names = (of: string) => z.array(z.string()).meta({ description: `Names of ${of}.` });
const voters = names('groups or people');

const person = z.strictObject({
  name: name.optional().meta({ description: 'For sentences; by default the id with a capital.' }),
  slack: z.string().regex(/^[UW][A-Z0-9]{2,}$/, 'expected a Slack user id such as U01ALICE (the command "whoami" tells yours)').optional(),
  telegram: telegramId(/^[1-9]\d*$/, 'expected a Telegram user id, a whole number (the command "whoami" tells yours)').optional(),
  totp: reference.optional().meta({ description: 'Where the secret of this person\'s time-based codes is; needed to vote on the command line.' }),
  locale: locale.optional(),
});

const channel = z.strictObject({
  slack: z.string().regex(/^[CGD][A-Z0-9]{2,}$/, 'expected a Slack channel id such as C0123456 (the command "whoami" tells it)').optional(),
  telegram: z
    .strictObject({
      chat: telegramId(/^-?[1-9]\d*$/, 'expected a Telegram chat id, a whole number such as -1001234 (the command "whoami" tells it)'),
      topic: telegramId(/^[1-9]\d*$/, 'expected a topic id, a whole number (the command "whoami" tells it)').optional(),
    })
    .optional(),
  locale: locale.default('en'),
});

const approval = z.strictObject({
  people: z.int({ error: 'expected a whole number of people' }).min(1, 'expected at least one person').default(2).meta({ description: 'Distinct people needed.' }),
  from: voters.min(1, 'expected at least one group or person').optional().meta({ description: 'Groups or people who may vote; by default the requesters.' }),
  expires: durationSchema.refine((ms) => ms >= 60_000, 'expected at least one minute').prefault('30m').meta({ description: 'How long a vote counts.' }),
  requesterCounts: z.boolean().default(true).meta({ description: 'Whether the requester\'s own vote counts as one.' }),
  escalate: voters.default([]).meta({ description: 'Groups or people mentioned when nobody answers.' }),
  secondFactor: z.literal('totp').optional().meta({ description: 'Approving a plan that destroys something takes the voter\'s own time-based code, from chat too; absent: the platform\'s word is enough.' }),
  breakGlass: voters.min(1, 'expected at least one group or person').optional().meta({ description: 'Groups or people who may start a plan alone, with a reason; absent: nobody.' }),
  auto: autoSchema.optional().meta({ description: 'Which plans that the watch or an alert asked for start without votes; absent: none.' }),
});

const absolutePath = (what: string) => z.string().startsWith('/', `expected an absolute path of ${what}`);

const keep = z
  .strictObject({
    days: z.int({ error: 'expected a whole number of days' }).min(0).default(leastKept.days).meta({ description: 'Backups younger than this stay.' }),
    last: z.int({ error: 'expected a whole number of backups' }).min(1, 'expected at least one backup').default(leastKept.last).meta({ description: 'So many of the newest of each database stay, however old.' }),
    because: z.string().trim().min(1).optional().meta({ description: 'The operator policy that asks for less than 7 days or 5 backups.' }),
  })
  .refine(({ days, last, because }) => because !== undefined || (days >= leastKept.days && last >= leastKept.last), {
    error: 'fewer than 7 days or 5 backups needs "because": the operator policy that says so',
  });

const backup = z.strictObject({
  fresh: durationSchema.optional().meta({ description: 'A proven backup younger than this is used again by plans that destroy nothing; absent: never.' }),
  keep: keep.prefault({}),
  folder: absolutePath('a folder').optional().meta({ description: 'Where dumps go whose step names no folder; by default with the run.' }),
  log: absolutePath('a file').optional().meta({ description: 'The file that gets a line for each backup; by default ops/backups.log in planb\'s data folder.' }),
});

const target = z.strictObject({
  title: name.optional().meta({ description: 'What people call it; by default the id.' }),
  environment: name.default('production'),
  runbook: z.string().min(1).meta({ description: 'The rollback: a built-in\'s name, or a path relative to this file.' }),
  runbooks: z.record(id, z.string().min(1)).default({}).meta({ description: 'Others by kind (repair, upgrade, migration, preflight, verify) or by any name.' }),
  channel: z.string().meta({ description: 'The channel whose board has the buttons.' }),
  notify: names('channels that are told too').default([]),
  requesters: voters.min(1, 'expected at least one group or person'),
  approval: approval.prefault({}),
  with: z.record(z.string(), jsonSchema).default({}).meta({ description: 'What the runbook reads as target.…; secrets as ${env:NAME} or ${file:PATH}.' }),
  releases: z.union([z.array(z.string().refine(isReleaseName, 'expected a release: letters, digits and . _ + @ : / -, no blanks')), program]).optional(),
  insecure: z
    .array(z.string().refine((text) => isRange(text) || isReleaseName(text), 'expected a release, or a range of versions such as "<1.4.2"'))
    .optional()
    .meta({ description: 'Releases that are never proposed: names, or ranges of versions such as "<1.4.2".' }),
  running: program.optional().meta({ description: 'A program that prints the release that runs now.' }),
  on: z
    .string()
    .regex(sshAddressPattern, 'expected ssh://user@host')
    .optional(),
  backup: backup.optional().meta({ description: 'How backups of its databases are kept and used again.' }),
  watch: watchSchema.optional().meta({ description: 'What is looked at after a migration, an upgrade or a rollback.' }),
  secrets: z.array(reference).default([]).meta({ description: 'References whose values are masked although no "with" names them.' }),
});

/** planb.yaml as people write it; strict, so that a slip of the pen is an error and never a silent default. */
export const configSchema = z
  .strictObject({
    command: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,31}$/, 'expected 1 to 32 lower-case letters, digits and underscores, without a slash (Telegram takes no others)')
      .default('rollback')
      .meta({ description: 'The chat command, without its slash.' }),
    publicUrl: z
      .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional()
      .meta({ description: 'Where people reach planb\'s pages.' }),
    slackWorkspace: z.string().regex(/^[TE][A-Z0-9]{2,}$/, 'expected a Slack workspace id such as T0123456').optional(),
    ssh: z
      .strictObject({ config: absolutePath('an ssh_config').meta({ description: 'Read by ssh in the place of the user\'s own: keys, known hosts, jump hosts.' }) })
      .optional()
      .meta({ description: 'How other machines (on: ssh://…) are reached; by default as planb\'s user reaches them.' }),
    dns: z.record(id, dnsProviderSchema).default({}).meta({ description: 'Who keeps the DNS records that steps change, by any name.' }),
    people: z.record(id, person),
    groups: z.record(id, z.array(z.string()).min(1, 'expected at least one person')).default({}),
    channels: z.record(id, channel),
    targets: z.record(id, target),
  })
  .meta({ title: 'planb.yaml', description: 'People, groups, channels and targets of planb.' });

/** planb.yaml after its defaults, names not yet checked. */
export type ConfigFile = z.infer<typeof configSchema>;
