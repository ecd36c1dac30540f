import type { Channel, Config, DnsProviderConfig, Person, Target } from '../config.js';
import type { BackupPolicy } from '../ports/backups.js';
import { buildWatch } from '../watch/build-policy.js';
import { present } from './present.js';
import type { ConfigFile } from './schema.js';

type Written<Section extends 'dns' | 'people' | 'channels' | 'targets'> = ConfigFile[Section][string];

/** Puts the ids in, and the defaults that depend on other keys. The names must have been checked. */
export function buildConfig(written: ConfigFile): Config {
  return {
    command: written.command,
    ...present({ publicUrl: written.publicUrl, slackWorkspace: written.slackWorkspace, ssh: written.ssh }),
    dns: mapEntries(written.dns, buildProvider),
    people: mapEntries(written.people, buildPerson),
    groups: mapEntries(written.groups, (_, members) => [...new Set(members)]),
    channels: mapEntries(written.channels, buildChannel),
    targets: mapEntries(written.targets, buildTarget),
  };
}

function buildProvider(_id: string, written: Written<'dns'>): DnsProviderConfig {
  const { servers, resolvers } = written;
  const asked = present({ servers, resolvers });
  switch (written.provider) {
    case 'rfc2136':
      return { provider: written.provider, zone: written.zone, server: written.server, port: written.port, key: written.key, ...asked };
    case 'cloudflare':
      return { provider: written.provider, zone: written.zone, token: written.token, ...present({ url: written.url }), ...asked };
    case 'route53': {
      const { accessKey, secretKey, sessionToken, url } = written;
      return { provider: written.provider, zone: written.zone, region: written.region, ...present({ accessKey, secretKey, sessionToken, url }), ...asked };
    }
    case 'manual':
      return { provider: written.provider, ...present({ zone: written.zone }), ...asked };
    default:
      throw new Error(`unreachable: ${JSON.stringify(written satisfies never)}`);
  }
}

function buildPerson(id: string, { name, slack, telegram, totp, locale }: Written<'people'>): Person {
  return { id, name: name ?? capitalised(id), ...present({ slack, telegram, totp, locale }) };
}

function buildChannel(id: string, { slack, telegram, locale }: Written<'channels'>): Channel {
  const address = telegram === undefined ? undefined : { channel: telegram.chat, ...present({ thread: telegram.topic }) };
  return { id, locale, ...present({ slack, telegram: address }) };
}

function buildTarget(id: string, written: Written<'targets'>): Target {
  const { title, environment, runbook, runbooks, channel, notify, requesters, approval, secrets } = written;
  return {
    id,
    title: title ?? id,
    environment,
    runbook,
    // `runbook` is one of them, so that a runbook can be found by its kind alone.
    runbooks: { ...runbooks, rollback: runbook },
    channel,
    notify: [...new Set(notify)],
    requesters,
    approval: {
      people: approval.people,
      from: approval.from ?? requesters,
      expiresMs: approval.expires,
      requesterCounts: approval.requesterCounts,
      escalate: approval.escalate,
      ...present({ secondFactor: approval.secondFactor, breakGlass: approval.breakGlass }),
      ...present({ auto: approval.auto }),
    },
    with: written.with,
    secrets,
    ...(written.backup === undefined ? {} : { backup: buildBackup(written.backup) }),
    ...(written.watch === undefined ? {} : { watch: buildWatch(written.watch) }),
    ...present({ releases: written.releases, insecure: written.insecure, running: written.running, on: written.on }),
  };
}

function buildBackup({ fresh, keep, folder, log }: NonNullable<Written<'targets'>['backup']>): BackupPolicy {
  return { freshMs: fresh ?? 0, keep: { days: keep.days, last: keep.last }, ...present({ folder, log }) };
}

function capitalised(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1);
}

function mapEntries<From, To>(record: Readonly<Record<string, From>>, build: (id: string, value: From) => To): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([id, value]) => [id, build(id, value)]));
}
