import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { type Argv, type Cloud, type Snapshot, cloudFailed, parseAnswer, runCloud } from './cloud.js';

/** Who planb is to AWS, and where, is the operator's choice; its command line reads these. */
const variables: readonly string[] = [
  'AWS_PROFILE', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', 'AWS_CA_BUNDLE', 'AWS_EC2_METADATA_DISABLED',
];
/** Version 2 would wait in a pager. */
const env = { AWS_PAGER: '' };

const described = z.object({
  DBSnapshots: z.array(z.object({
    DBSnapshotIdentifier: z.string(), DBInstanceIdentifier: z.string(), Status: z.string(), PercentProgress: z.number().optional(), SnapshotCreateTime: z.string().optional(), OriginalSnapshotCreateTime: z.string().optional(),
    Engine: z.string().optional(), EngineVersion: z.string().optional(), AllocatedStorage: z.number().optional(),
  })),
});
const instances = z.object({ DBInstances: z.array(z.object({ DbiResourceId: z.string() })).length(1) });

export interface RdsInput {
  readonly instance: string;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** Amazon RDS by `aws`. Names of snapshots are unique, so one is never made twice. */
export function rds({ instance, region, profile }: RdsInput): Cloud {
  const aws = (...words: string[]): Argv => ['aws', 'rds', ...words, ...(region === undefined ? [] : ['--region', region]), ...(profile === undefined ? [] : ['--profile', profile]), '--output', 'json'];
  const create = (name: string): Argv => aws('create-db-snapshot', '--db-instance-identifier', instance, '--db-snapshot-identifier', name);
  const list = (name: string): Argv => aws('describe-db-snapshots', '--db-snapshot-identifier', name);
  const run = (context: ActionContext, argv: Argv, quiet?: boolean) => runCloud(context, argv, env, variables, quiet);
  return {
    title: `RDS instance ${instance}`,
    create,
    list,
    find: async (context, name) => {
      const outcome = await run(context, list(name));
      if (!outcome.ok && /DBSnapshotNotFound/.test(outcome.output)) return undefined;
      if (!outcome.ok) throw cloudFailed(list(name), outcome);
      const [one] = parseAnswer(list(name), outcome, described).DBSnapshots;
      // Names of instances have no case.
      if (one !== undefined && one.DBInstanceIdentifier.toLowerCase() !== instance.toLowerCase()) throw new ActionError('snapshot-failed', `the snapshot ${name} is of the instance ${one.DBInstanceIdentifier}`);
      return one === undefined ? undefined : toSnapshot(one);
    },
    begin: async (context, name) => {
      const outcome = await run(context, create(name), false);
      if (!outcome.ok && !/DBSnapshotAlreadyExists/.test(outcome.output)) throw cloudFailed(create(name), outcome);
    },
    identify: async (context) => {
      const argv = aws('describe-db-instances', '--db-instance-identifier', instance);
      const outcome = await run(context, argv);
      if (!outcome.ok) throw /DBInstanceNotFound/.test(outcome.output) ? new ActionError('no-such-instance', `there is no RDS instance ${instance}${region === undefined ? '' : ` in ${region}`}`) : cloudFailed(argv, outcome);
      return parseAnswer(argv, outcome, instances).DBInstances[0]?.DbiResourceId ?? '';
    },
  };
}

function toSnapshot(raw: z.output<typeof described>['DBSnapshots'][number]): Snapshot {
  const takenAt = raw.OriginalSnapshotCreateTime ?? raw.SnapshotCreateTime;
  return {
    id: raw.DBSnapshotIdentifier, status: raw.Status, state: raw.Status === 'available' ? 'ready' : /fail|delet|incompatible/.test(raw.Status) ? 'failed' : 'making',
    ...(raw.PercentProgress === undefined ? {} : { percent: raw.PercentProgress }), ...(takenAt === undefined ? {} : { takenAt }),
    ...(raw.Engine === undefined ? {} : { engine: `${raw.Engine} ${raw.EngineVersion ?? ''}`.trim() }), ...(raw.AllocatedStorage === undefined ? {} : { diskGb: raw.AllocatedStorage }),
  };
}
