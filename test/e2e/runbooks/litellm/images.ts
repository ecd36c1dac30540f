import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildImage, buildNodeImage, copyPackage } from '../../../../demo/images/build.js';
import { findNodeModules } from '../../../../demo/shop/shop-files.js';

export const older = 'main-v1.81.14-stable';
export const newer = 'main-v1.82.1-stable';
const repository = 'planb-test/litellm';
export const litellmImage = (tag: string): string => `${repository}:${tag}`;

const packages = 'usr/lib/python3.13/site-packages';
const baseline = `CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, call_type text NOT NULL, spend double precision NOT NULL DEFAULT 0, "startTime" timestamp(3) NOT NULL, "endTime" timestamp(3) NOT NULL, model text NOT NULL DEFAULT '', end_user text);
CREATE TABLE "LiteLLM_VerificationToken" (token text PRIMARY KEY, created_at timestamp(3) DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE "LiteLLM_TeamTable" (team_id text PRIMARY KEY, created_at timestamp(3) DEFAULT CURRENT_TIMESTAMP);
`;
/** Additive, as 82 of LiteLLM's 99 are. */
const added = `ALTER TABLE "LiteLLM_TeamTable" ADD COLUMN budget double precision;
CREATE TABLE "LiteLLM_DeletedTeamTable" (id text PRIMARY KEY, team_id text NOT NULL);
`;
const schema = {
  LiteLLM_SpendLogs: ['request_id', 'call_type', 'spend', 'startTime', 'endTime', 'model', 'end_user'], LiteLLM_VerificationToken: ['token', 'created_at'], LiteLLM_TeamTable: ['team_id', 'created_at'],
};

interface Release {
  readonly tag: string;
  readonly failing: boolean;
  readonly migrations: Readonly<Record<string, string>>;
  readonly schema: Readonly<Record<string, readonly string[]>>;
  /** Names that its Python code holds: the config keys that it knows. */
  readonly knows: readonly string[];
}

const releases: readonly Release[] = [
  { tag: older, failing: false, migrations: { '20250326162113_baseline': baseline }, schema, knows: ['model_list', 'model_name', 'litellm_params', 'model', 'general_settings', 'master_key'] },
  {
    tag: newer, failing: true, migrations: { '20250326162113_baseline': baseline, '20260116142756_update_deleted_keys_teams_table_routing_settings': added },
    schema: { ...schema, LiteLLM_TeamTable: [...schema.LiteLLM_TeamTable, 'budget'], LiteLLM_DeletedTeamTable: ['id', 'team_id'] },
    knows: ['model_list', 'model_name', 'litellm_params', 'model', 'general_settings', 'master_key', 'router_fallback_budget'],
  },
];

/** Two releases of a LiteLLM that only plays, with the real paths inside: the migrations and the code where LiteLLM's images have them. */
export async function buildLitellmImages(): Promise<void> {
  const base = await buildNodeImage();
  for (const release of releases) {
    await buildImage(litellmImage(release.tag), {}, async (context) => {
      const root = join(context, 'root');
      await mkdir(join(root, 'app'), { recursive: true });
      await copyFile(new URL('server.mjs', import.meta.url), join(root, 'app/server.mjs'));
      await copyPackage(findNodeModules(), 'pg', join(root, 'app/node_modules'));
      await write(root, 'app/release.json', JSON.stringify({ version: /v([\d.]+)/.exec(release.tag)?.[1], failing: release.failing, schema: release.schema }));
      await write(root, `${packages}/litellm/proxy/proxy_server.py`, `KEYS = ${JSON.stringify(release.knows)}\n`);
      for (const [name, sql] of Object.entries(release.migrations)) await write(root, `${packages}/litellm_proxy_extras/migrations/${name}/migration.sql`, sql);
      return `FROM ${base}\nCOPY root/ /\nWORKDIR /app\nEXPOSE 4000\nENTRYPOINT ["node", "/app/server.mjs"]\n`;
    });
  }
}

async function write(root: string, path: string, text: string): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
