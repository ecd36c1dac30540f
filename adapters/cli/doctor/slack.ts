import { z } from 'zod';
import { broken, ok, setting, weak, type Check, type Examined, type Finding } from './finding.js';

const about = 'Slack';

/** What planb calls, and the scope that each call needs. */
export const scopes: Readonly<Record<string, string>> = {
  'commands': 'the slash command',
  'chat:write': 'boards and answers',
  'files:write': 'long details',
  'app_mentions:read': 'words in threads',
  'users:read': 'telling guests and bots apart',
};

const answer = z.object({ ok: z.boolean(), error: z.string().optional(), team: z.string().optional(), team_id: z.string().optional(), user: z.string().optional() });

/** Token, scopes, and the way in. */
export const slack: Check = {
  about,
  run: async (examined, signal) => {
    const { env, config } = examined;
    const token = setting(env, 'SLACK_BOT_TOKEN');
    const used = Object.values(config?.channels ?? {}).some((channel) => channel.slack !== undefined);
    if (token === undefined) return used ? [broken(about, 'planb.yaml has Slack channels, but SLACK_BOT_TOKEN is not set', 'create the app from deploy/slack-manifest.yaml and set its bot token')] : [ok(about, 'not used')];
    if (!token.startsWith('xoxb-')) return [broken(about, 'SLACK_BOT_TOKEN is no bot token', 'take the one that begins with xoxb- (OAuth & Permissions)')];
    return [...(await askSlack(examined, token, signal)), ...wayIn(env)];
  },
};

async function askSlack({ env, reach, config }: Examined, token: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const base = (setting(env, 'SLACK_API_URL') ?? 'https://slack.com/api/').replace(/\/*$/, '/');
  const response = await reach.fetch(`${base}auth.test`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, signal });
  const said = answer.safeParse(await response.json().catch(() => undefined));
  if (!said.success) return [broken(about, `auth.test answered ${response.status} with something that is not Slack's`, 'is SLACK_API_URL right?')];
  if (!said.data.ok) return [broken(about, `refuses the bot token: ${said.data.error ?? 'no reason given'}`, 'install the app again and set the new SLACK_BOT_TOKEN')];
  const { team, team_id: teamId, user } = said.data;
  const foreign = config?.slackWorkspace !== undefined && teamId !== undefined && config.slackWorkspace !== teamId;
  return [
    ok(about, `answers as ${user ?? 'the bot'} in ${team ?? teamId ?? 'its workspace'}`),
    ...(foreign ? [broken(about, `the token is for workspace ${teamId}, planb.yaml says slackWorkspace: ${config.slackWorkspace}: everybody would be refused`, `set slackWorkspace: ${teamId}`)] : []),
    ...missingScopes(response.headers.get('x-oauth-scopes')),
  ];
}

function missingScopes(header: string | null): readonly Finding[] {
  if (header === null) return [weak(about, 'did not say which scopes the token has')];
  const given = new Set(header.split(',').map((scope) => scope.trim()));
  return Object.entries(scopes)
    .filter(([scope]) => !given.has(scope))
    .map(([scope, purpose]) => broken(about, `the scope ${scope} is missing: ${purpose}`, 'add it under OAuth & Permissions (deploy/slack-manifest.yaml has them all) and install the app again'));
}

function wayIn(env: Examined['env']): readonly Finding[] {
  const appToken = setting(env, 'SLACK_APP_TOKEN');
  if (appToken !== undefined) {
    return appToken.startsWith('xapp-') ? [ok(about, 'Socket Mode: no public address is needed')] : [broken(about, 'SLACK_APP_TOKEN is no app-level token', 'take one that begins with xapp- (Basic Information, scope connections:write)')];
  }
  if (setting(env, 'SLACK_SIGNING_SECRET') === undefined) return [broken(about, 'neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set: nothing that Slack sends could be believed', 'set SLACK_APP_TOKEN (Socket Mode), or SLACK_SIGNING_SECRET and PORT')];
  if (setting(env, 'PORT') === undefined) return [broken(about, 'signed HTTP needs PORT, where Slack reaches /slack/events', 'set PORT, or SLACK_APP_TOKEN for Socket Mode')];
  return [ok(about, 'signed HTTP on /slack/events')];
}
