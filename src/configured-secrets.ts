import type { Config, DnsProviderConfig } from './config.js';
import { findReferences, resolveReferences, type ReferenceReader } from './config/secret-reference.js';
import type { Json } from './plan/plan.js';
import { createLearningMasker, type LearningMasker } from './secret/learning-masker.js';
import { refuseSecret, type Secret } from './secret/mask.js';
import { SettingsError, type Settings } from './settings.js';

/** Every secret that planb.yaml refers to and that is there on this machine, under the reference's own name. */
export function configuredSecrets(config: Config, read: ReferenceReader): readonly Secret[] {
  const places: readonly Json[] = [
    ...Object.values(config.targets).flatMap((target) => [target.with, target.secrets, asJson(target.watch?.rules ?? [])]),
    ...Object.values(config.people).flatMap((person) => person.totp ?? []),
    ...Object.values(config.dns ?? {}).flatMap((provider) => dnsSecrets(provider)),
  ];
  return places.flatMap((place) => findReferences(place)).flatMap(({ text, reference }) => {
    const resolved = resolveReferences(text, read);
    if (!resolved.ok || typeof resolved.value !== 'string') return [];
    return [{ name: reference.kind === 'env' ? reference.name : reference.path, value: resolved.value }];
  });
}

/** What is made of JSON values and optional keys alone, without the keys that are undefined. */
function asJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** The secrets of planb's own settings. */
export function ownSecrets({ databaseUrl, redisUrl, slack, telegram, hookToken, auditKey }: Settings): readonly Secret[] {
  const named: Readonly<Record<string, string | undefined>> = {
    DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, SLACK_BOT_TOKEN: slack?.botToken, SLACK_SIGNING_SECRET: slack?.signingSecret, SLACK_APP_TOKEN: slack?.appToken,
    TELEGRAM_BOT_TOKEN: telegram?.token, TELEGRAM_WEBHOOK_SECRET: telegram?.webhook?.secret, PLANB_HOOK_TOKEN: hookToken,
    // Where it is the key itself and no path: what stands between PEM's own lines.
    PLANB_AUDIT_KEY: auditKey === undefined ? undefined : /KEY-----(?:\\n|\s)*([A-Za-z0-9+/=]{16,})/.exec(auditKey)?.[1],
  };
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

/** Throws SettingsError for a secret that cannot be hidden. */
export function makeMasker(secrets: readonly Secret[]): LearningMasker {
  const refused = secrets.map(refuseSecret).filter((sentence) => sentence !== null);
  if (refused.length > 0) throw new SettingsError([...new Set(refused)].join('\n'));
  return createLearningMasker(secrets);
}

/** The same reader, but nothing leaves it that the masker does not hide from then on. */
export function hidingReader(read: ReferenceReader, masker: LearningMasker): ReferenceReader {
  const hidden = (name: string, text: string | undefined): string | undefined => {
    // As `resolveReferences` takes a file: without the line break at its end.
    if (text !== undefined) masker.learn({ name, value: text.replace(/\r?\n$/, '') });
    return text;
  };
  return { env: (name) => hidden(name, read.env(name)), file: (path) => hidden(path, read.file(path)) };
}

function dnsSecrets(provider: DnsProviderConfig): readonly string[] {
  switch (provider.provider) {
    case 'rfc2136':
      return [provider.key.secret];
    case 'cloudflare':
      return [provider.token];
    case 'route53':
      return [provider.accessKey, provider.secretKey, provider.sessionToken].filter((reference) => reference !== undefined);
    case 'manual':
      return [];
    default:
      throw new Error(`unreachable: ${JSON.stringify(provider satisfies never)}`);
  }
}
