/** What the environment says, read once at start. An empty variable counts as unset. */
export interface Settings {
  readonly configFile: string;
  readonly dataFolder: string;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** Port of the one HTTP server; 0 takes a free one. */
  readonly port: number;
  readonly slack?: { readonly botToken: string; readonly signingSecret?: string; readonly appToken?: string; readonly apiUrl?: string };
  readonly telegram?: { readonly token: string; readonly apiRoot?: string; readonly webhook?: { readonly url: string; readonly secret: string } };
  /** Bearer token of /hooks/alertmanager. */
  readonly hookToken?: string;
  /** Signs heads of runs: an ed25519 private key in PEM, or the path of a file with one. Absent: planb makes one under its data folder. */
  readonly auditKey?: string;
  /** Milliseconds that steps in hand get to finish when planb is stopped. */
  readonly drainMs: number;
  /** Milliseconds that planb waits at start for a PostgreSQL or Redis that does not answer. */
  readonly startPatienceMs: number;
}

/** A variable that cannot be used, in one sentence. */
export class SettingsError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultPort = 3000;
const defaultDrainSeconds = 30;
const defaultStartSeconds = 30;

/** Throws SettingsError. */
export function readSettings(env: Environment): Settings {
  const value = (name: string): string | undefined => (env[name]?.trim() === '' ? undefined : env[name]?.trim());
  const databaseUrl = value('DATABASE_URL');
  const redisUrl = value('REDIS_URL');
  const slack = readSlack(value);
  const telegram = readTelegram(value);
  const hookToken = value('PLANB_HOOK_TOKEN');
  const auditKey = value('PLANB_AUDIT_KEY');
  return {
    configFile: value('PLANB_CONFIG') ?? './planb.yaml', dataFolder: value('PLANB_DATA') ?? './.planb', port: wholeNumber(value, 'PORT', defaultPort, 65_535),
    drainMs: wholeNumber(value, 'PLANB_DRAIN_SECONDS', defaultDrainSeconds, 86_400) * 1_000,
    startPatienceMs: wholeNumber(value, 'PLANB_START_SECONDS', defaultStartSeconds, 86_400) * 1_000,
    ...(databaseUrl === undefined ? {} : { databaseUrl: checkedUrl('DATABASE_URL', databaseUrl, ['postgres:', 'postgresql:']) }),
    ...(redisUrl === undefined ? {} : { redisUrl: checkedUrl('REDIS_URL', redisUrl, ['redis:', 'rediss:']) }),
    ...(slack === undefined ? {} : { slack }), ...(telegram === undefined ? {} : { telegram }),
    ...(hookToken === undefined ? {} : { hookToken }), ...(auditKey === undefined ? {} : { auditKey }),
  };
}

function readSlack(value: (name: string) => string | undefined): Settings['slack'] {
  const botToken = value('SLACK_BOT_TOKEN');
  const signingSecret = value('SLACK_SIGNING_SECRET');
  const appToken = value('SLACK_APP_TOKEN');
  const apiUrl = value('SLACK_API_URL');
  if (botToken === undefined) {
    if (signingSecret !== undefined || appToken !== undefined) throw new SettingsError('SLACK_BOT_TOKEN is missing, while other Slack variables are set.');
    return undefined;
  }
  if (signingSecret === undefined && appToken === undefined) {
    throw new SettingsError('Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (signed HTTP) beside SLACK_BOT_TOKEN.');
  }
  return {
    botToken, ...(signingSecret === undefined ? {} : { signingSecret }), ...(appToken === undefined ? {} : { appToken }),
    ...(apiUrl === undefined ? {} : { apiUrl: checkedUrl('SLACK_API_URL', apiUrl, ['http:', 'https:']) }),
  };
}

function readTelegram(value: (name: string) => string | undefined): Settings['telegram'] {
  const token = value('TELEGRAM_BOT_TOKEN');
  const url = value('TELEGRAM_WEBHOOK_URL');
  const secret = value('TELEGRAM_WEBHOOK_SECRET');
  const apiRoot = value('TELEGRAM_API_ROOT');
  if (token === undefined) {
    if (url !== undefined) throw new SettingsError('TELEGRAM_BOT_TOKEN is missing, while TELEGRAM_WEBHOOK_URL is set.');
    return undefined;
  }
  if (url !== undefined && secret === undefined) throw new SettingsError('TELEGRAM_WEBHOOK_SECRET is missing: without it anyone could pretend to be Telegram.');
  if (secret !== undefined && !/^[A-Za-z0-9_-]{1,256}$/.test(secret)) throw new SettingsError('TELEGRAM_WEBHOOK_SECRET may hold letters, digits, _ and - only, at most 256.');
  return {
    token, ...(apiRoot === undefined ? {} : { apiRoot: checkedUrl('TELEGRAM_API_ROOT', apiRoot, ['http:', 'https:']) }),
    ...(url === undefined || secret === undefined ? {} : { webhook: { url: checkedUrl('TELEGRAM_WEBHOOK_URL', url, ['http:', 'https:']), secret } }),
  };
}

function wholeNumber(value: (name: string) => string | undefined, name: string, otherwise: number, most: number): number {
  const text = value(name);
  if (text === undefined) return otherwise;
  if (!/^\d{1,6}$/.test(text) || Number(text) > most) throw new SettingsError(`${name} is "${text}"; it must be a whole number from 0 to ${String(most)}.`);
  return Number(text);
}

/** The value itself is never repeated: it may hold a password. */
function checkedUrl(name: string, text: string, protocols: readonly string[]): string {
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) throw new SettingsError(`${name} is no address that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}.`);
  return text;
}
