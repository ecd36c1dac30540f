import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PUBLISHED_SLACK_LIMITS } from '../../../demo/workspace/slack/limits.js';
import type { Rate } from '../../../demo/workspace/sliding-window.js';
import { PUBLISHED_TELEGRAM_LIMITS } from '../../../demo/workspace/telegram/limits.js';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';
import { PlanbProcess } from '../world/planb-process.js';
import { startServices, type Services } from '../world/services.js';
import { type LoadSite, type LoadTarget, type Size, startSite, targetsOf, writeConfig } from './site.js';

/** A bot and a worker on a PostgreSQL and a Redis of their own, and stand-ins for both platforms that enforce the published limits. */
export interface LoadWorld {
  readonly workspace: Workspace;
  readonly site: LoadSite;
  readonly targets: readonly LoadTarget[];
  readonly bot: () => PlanbProcess;
  readonly worker: PlanbProcess;
  /** Starts another bot in place of the dead one. */
  replaceBot(): Promise<void>;
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** The published limits at another pace. */
function paced(size: Size): Parameters<typeof startWorkspace>[0] {
  const faster = ({ max, perMs }: Rate): Rate => ({ max, perMs: perMs / size.pace });
  const { postPerChannel, postPerWorkspace, methods, otherMethods } = PUBLISHED_SLACK_LIMITS;
  const { perChat, perGroup, overall, countEdits } = PUBLISHED_TELEGRAM_LIMITS;
  const targets = targetsOf(size);
  return {
    slack: {
      limits: {
        postPerChannel: faster(postPerChannel), postPerWorkspace: faster(postPerWorkspace), otherMethods: faster(otherMethods),
        methods: Object.fromEntries(Object.entries(methods).map(([name, rate]) => [name, faster(rate)])),
      },
      channels: [...new Set(targets.map(({ slack }) => slack))].map((id) => ({ id, name: id.toLowerCase() })),
    },
    telegram: {
      limits: { perChat: faster(perChat), perGroup: faster(perGroup), overall: faster(overall), countEdits },
      chats: [...new Set(targets.map(({ telegram }) => telegram))].map((id) => ({ id, type: 'supergroup', title: String(id) })),
    },
  };
}

/** `program`: the built main.js. */
export async function openLoadWorld(program: string, size: Size): Promise<LoadWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'planb-board-'));
  const asking = new Set(targetsOf(size).filter(({ asks }) => asks).map(({ id }) => id));
  const [services, workspace, site] = await Promise.all([startServices(folder), startWorkspace(paced(size)), startSite((target) => asking.has(target))]);
  const targets = await writeConfig(folder, size, site.url);
  const pool = new pg.Pool({ connectionString: services.directUrl, max: 2 });
  pool.on('error', () => undefined);
  const begin = (service: 'bot' | 'worker'): PlanbProcess => new PlanbProcess(program, service, {
    ...workspace.env, ...services.env, PLANB_CONFIG: join(folder, 'planb.yaml'), PLANB_DATA: join(folder, 'data'), CHAOS_PACE: String(size.pace),
  }, folder, 'test/chaos/process/paced.mjs');
  let bot = begin('bot');
  const worker = begin('worker');
  const meet = async (): Promise<void> => {
    await bot.ready();
    workspace.slack.connectTo(`http://127.0.0.1:${String(bot.port)}/slack/events`);
  };
  const close = async (): Promise<void> => closeAll([bot, worker], pool, workspace, site, services, folder);
  try {
    await Promise.all([meet(), worker.ready()]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    workspace, site, targets, worker, bot: () => bot,
    replaceBot: async () => {
      bot = begin('bot');
      await meet();
    },
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) => (await pool.query<Row>(sql, [...values])).rows,
    close,
  };
}

async function closeAll(processes: readonly PlanbProcess[], pool: pg.Pool, workspace: Workspace, site: LoadSite, services: Services, folder: string): Promise<void> {
  await Promise.all(processes.map((one) => one.end('SIGKILL')));
  await pool.end();
  await Promise.all([workspace.close(), site.close()]);
  await services.stop();
  await rm(folder, { recursive: true, force: true });
}
