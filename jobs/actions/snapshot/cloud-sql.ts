import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { type Argv, type Cloud, type Snapshot, cloudFailed, parseAnswer, runCloud } from './cloud.js';

/** Who planb is to Google Cloud is the operator's choice; its command line reads these. */
const variables: readonly string[] = ['CLOUDSDK_CONFIG', 'CLOUDSDK_ACTIVE_CONFIG_NAME', 'CLOUDSDK_CORE_ACCOUNT', 'CLOUDSDK_CORE_PROJECT', 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE', 'CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT', 'CLOUDSDK_PYTHON', 'GOOGLE_APPLICATION_CREDENTIALS'];
const env = { CLOUDSDK_CORE_DISABLE_PROMPTS: '1' };

const listed = z.array(z.object({ id: z.string(), instance: z.string().optional(), description: z.string().optional(), status: z.string(), startTime: z.string().optional(), enqueuedTime: z.string().optional() }));
const instanceAnswer = z.object({ connectionName: z.string(), createTime: z.string().optional() });

export interface CloudSqlInput {
  readonly instance: string;
  readonly project?: string | undefined;
}

/** Cloud SQL by `gcloud`. Its backups have numbers; planb's name is the description. */
export function cloudSql({ instance, project }: CloudSqlInput): Cloud {
  const gcloud = (...words: string[]): Argv => ['gcloud', 'sql', ...words, ...(project === undefined ? [] : [`--project=${project}`]), '--format=json', '--quiet'];
  const create = (name: string): Argv => gcloud('backups', 'create', `--instance=${instance}`, `--description=${name}`, '--async');
  const list = (name: string): Argv => gcloud('backups', 'list', `--instance=${instance}`, `--filter=description=${name}`);
  const run = (context: ActionContext, argv: Argv, quiet?: boolean) => runCloud(context, argv, env, variables, quiet);
  return {
    title: `Cloud SQL instance ${instance}`,
    create,
    list,
    find: async (context, name) => {
      const outcome = await run(context, list(name));
      if (!outcome.ok) throw cloudFailed(list(name), outcome);
      const own = parseAnswer(list(name), outcome, listed).filter(({ description }) => description === name).map(toSnapshot);
      // Two attempts may both have begun one.
      return own.find(({ state }) => state === 'ready') ?? own.find(({ state }) => state === 'making') ?? own[0];
    },
    begin: async (context, name) => {
      const outcome = await run(context, create(name), false);
      if (!outcome.ok) throw cloudFailed(create(name), outcome);
    },
    identify: async (context) => {
      const argv = gcloud('instances', 'describe', instance);
      const outcome = await run(context, argv);
      if (!outcome.ok) throw /does not exist|NOT_FOUND|HTTPError 404/i.test(outcome.output) ? new ActionError('no-such-instance', `there is no Cloud SQL instance ${instance}${project === undefined ? '' : ` in ${project}`}`) : cloudFailed(argv, outcome);
      const { connectionName, createTime } = parseAnswer(argv, outcome, instanceAnswer);
      return `${connectionName}${createTime === undefined ? '' : `, made ${createTime}`}`;
    },
  };
}

function toSnapshot({ id, status, startTime, enqueuedTime }: z.output<typeof listed>[number]): Snapshot {
  const takenAt = startTime ?? enqueuedTime;
  return { id, status, state: status === 'SUCCESSFUL' ? 'ready' : /FAILED|SKIPPED|DELET/.test(status) ? 'failed' : 'making', ...(takenAt === undefined ? {} : { takenAt }) };
}
