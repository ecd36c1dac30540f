import type { RunKind } from './command/command.js';
import type { PersonId } from './person.js';
import type { ApprovalPolicy, JsonObject } from './plan/plan.js';
import type { WatchPolicy } from './watch/policy.js';
import { leastKept, type BackupPolicy } from './ports/backups.js';

/** The languages that boards speak. */
export type Locale = 'en' | 'ru';

/** A human of planb.yaml, linked to the ids that the platforms know them by: one human, one vote. */
export interface Person {
  readonly id: PersonId;
  /** For sentences; by default the id with a capital. */
  readonly name: string;
  /** Slack user id. */
  readonly slack?: string;
  /** Telegram user id in decimals. */
  readonly telegram?: string;
  /** Where this person's time-based code has its secret: `${env:NAME}` or `${file:PATH}`, never the secret. */
  readonly totp?: string;
  readonly locale?: Locale;
}

/** A place for boards, on one platform or on both. */
export interface Channel {
  readonly id: string;
  /** Slack channel id. */
  readonly slack?: string;
  /** Telegram chat id and topic id, in decimals. */
  readonly telegram?: { readonly channel: string; readonly thread?: string };
  readonly locale: Locale;
}

/** A program and its arguments; no shell ever reads it. */
export interface ProgramSource {
  readonly run: readonly string[];
}

/** The runbooks of a target beside its rollback: one a kind, and others by any name. */
export type TargetRunbooks = Readonly<Partial<Record<RunKind, string>> & Record<string, string>>;

/** One deployed system that can be taken back. */
export interface Target {
  readonly id: string;
  readonly title: string;
  readonly environment: string;
  /** The rollback: a built-in's name, or a path relative to planb.yaml. */
  readonly runbook: string;
  readonly runbooks: TargetRunbooks;
  /** The channel whose board has the buttons. */
  readonly channel: string;
  /** Channels that are told too, stage by stage. */
  readonly notify: readonly string[];
  /** Groups or people who may ask for a run. */
  readonly requesters: readonly string[];
  readonly approval: ApprovalPolicy;
  /** What the runbook's expressions read as `target.…`; secrets still as references. */
  readonly with: JsonObject;
  /** Releases that the target can go back to: named, or printed one a line by a program. */
  readonly releases?: readonly string[] | ProgramSource;
  /** Releases that are never proposed: names, or ranges of versions. Absent: none. */
  readonly insecure?: readonly string[];
  /** A program that prints the release that runs now. */
  readonly running?: ProgramSource;
  /** `ssh://user@host`, where the target's steps and reads run on another machine. */
  readonly on?: string;
  /** Absent: backups are never used again, and the least is kept. */
  readonly backup?: BackupPolicy;
  /** What is looked at after its runs. Absent: nothing. */
  readonly watch?: WatchPolicy;
  /** References whose values are masked although no `with` names them. */
  readonly secrets: readonly string[];
}

/** What a target asks of its backups, or the default. */
export function backupPolicyOf(target: Target | undefined): BackupPolicy {
  return target?.backup ?? { freshMs: 0, keep: leastKept };
}

/** Who is asked about a zone, in the place of what DNS itself says: `host` or `host:port`. */
interface AskedServers {
  /** Authoritative servers; absent: all that the zone names. */
  readonly servers?: readonly string[];
  /** Absent: the public ones. */
  readonly resolvers?: readonly string[];
}

/** Who keeps a zone's records and how planb may change them; secrets still as references. */
export type DnsProviderConfig = AskedServers &
  (
    | { readonly provider: 'rfc2136'; readonly zone: string; readonly server: string; readonly port: number; readonly key: { readonly name: string; readonly algorithm: string; readonly secret: string } }
    | { readonly provider: 'cloudflare'; readonly zone: string; readonly token: string; readonly url?: string }
    | {
        readonly provider: 'route53';
        /** A name, or the id of the hosted zone. */
        readonly zone: string;
        readonly region: string;
        /** Both or none. */
        readonly accessKey?: string;
        readonly secretKey?: string;
        readonly sessionToken?: string;
        readonly url?: string;
      }
    | { readonly provider: 'manual'; readonly zone?: string }
  );

/** planb.yaml, checked: every name that it refers to exists. Keys of the records are the ids. */
export interface Config {
  /** The chat command without its slash. */
  readonly command: string;
  /** Where people reach planb's pages, without a trailing slash. */
  readonly publicUrl?: string;
  /** Slack team id; senders of any other workspace are refused. */
  readonly slackWorkspace?: string;
  /** How other machines are reached: an ssh_config of planb's own, absolute. */
  readonly ssh?: { readonly config: string };
  /** Who keeps DNS records, by the names that steps use. Absent: nobody. */
  readonly dns?: Readonly<Record<string, DnsProviderConfig>>;
  readonly people: Readonly<Record<PersonId, Person>>;
  readonly groups: Readonly<Record<string, readonly PersonId[]>>;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly targets: Readonly<Record<string, Target>>;
}

/** The language of a target's own channel: of its boards, and of what is said about it elsewhere. A target that planb.yaml no longer has speaks English. */
export function localeOf({ channels }: Pick<Config, 'channels'>, target: Pick<Target, 'channel'> | undefined): Locale {
  return channels[target?.channel ?? '']?.locale ?? 'en';
}
