import semver from 'semver';
import { versionOf } from '../plan/order-releases.js';

/** Everything that decides what a LiteLLM image does to the database when it starts. */
export interface LiteLlmStart {
  /** Tag or reference of the image. */
  readonly release: string;
  /** The variables that it is started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** The words of its command line. */
  readonly command: readonly string[];
  /** `general_settings.disable_prisma_schema_update` of its config.yaml; undefined where it is not set. */
  readonly configDisables?: boolean;
  /** Its own code names USE_V2_MIGRATION_RESOLVER; undefined: nobody looked. */
  readonly knowsV2?: boolean;
}

/**
 * What it then does: `check` compares only; `deploy` applies its own migrations; `push` and `force` make the database look as this release knows it, and drop the
 * rest. Where planb does not know, it is `unknown`, and counts as `force`.
 */
export type StartBehaviour = 'check' | 'deploy' | 'push' | 'force' | 'unknown';

export interface StartVerdict {
  readonly behaviour: StartBehaviour;
  /** It drops nothing as it would be started. */
  readonly safe: boolean;
  /** Otherwise: what to set so that it is, each alone enough; empty where no variable helps. */
  readonly needs: readonly Readonly<Record<string, string>>[];
  /** One sentence without its end. */
  readonly reason: string;
}

/** Spelled so: LiteLLM's start-up script of older images compares with "True" exactly, its command line takes any case (litellm/proxy/prisma_migration.py, db/prisma_client.py). */
const disabled = { DISABLE_SCHEMA_UPDATE: 'True' } as const;
const v2 = { USE_V2_MIGRATION_RESOLVER: 'true' } as const;

/** facts.md, "Starting an older LiteLLM on a newer database can drop data". */
export function startBehaviour(start: LiteLlmStart): StartBehaviour {
  if (isDisabled(start)) return 'check';
  if (start.command.some((word) => word.startsWith('--use_prisma_db_push'))) return 'push';
  if (usesV2(start)) return 'deploy';
  const version = knownVersion(start.release);
  if (version === undefined) return 'unknown';
  if (semver.lte(version, '1.74.9')) return 'push';
  const plain = [version.major, version.minor, version.patch].join('.');
  if (semver.gte(version, '1.74.14') && semver.lte(plain, '1.78.0')) return 'deploy';
  // 1.74.10 to 1.74.13 lie between two behaviours, and nobody has looked which is theirs.
  return semver.gte(plain, '1.78.1') ? 'force' : 'unknown';
}

/**
 * May an older release be started so on a database that newer migrations touched? `restored`: the plan puts the database back to what this release left, so there is
 * nothing newer to drop.
 */
export function judgeStart(start: LiteLlmStart, restored = false): StartVerdict {
  const behaviour = startBehaviour(start);
  const does = doing(start, behaviour);
  if (dropsNothing(behaviour)) return { behaviour, safe: true, needs: [], reason: does };
  if (restored) return { behaviour, safe: true, needs: [], reason: `${does}; the plan restores a database that holds nothing newer` };
  const needs = [disabled, v2].filter((more) => dropsNothing(startBehaviour({ ...start, environment: { ...start.environment, ...more } })));
  const words = needs.flatMap((more) => Object.entries(more).map(([name, value]) => `${name}=${value}`));
  if (words.length > 0) return { behaviour, safe: false, needs, reason: `${does}; it has to be started with ${words.join(' or ')}` };
  return { behaviour, safe: false, needs, reason: `${does}; general_settings.disable_prisma_schema_update of config.yaml wins over DISABLE_SCHEMA_UPDATE: set it to true, or remove it` };
}

function dropsNothing(behaviour: StartBehaviour): boolean {
  return behaviour === 'check' || behaviour === 'deploy';
}

/** config.yaml wins over the variable. Alone it is not enough: the start-up script of older images does not read it. */
function isDisabled({ environment, configDisables }: LiteLlmStart): boolean {
  return environment['DISABLE_SCHEMA_UPDATE'] === disabled.DISABLE_SCHEMA_UPDATE && configDisables !== false;
}

/** Never by default: it was made the default, taken back and made it again during 2026. */
function usesV2({ environment, command, knowsV2 }: LiteLlmStart): boolean {
  const asked = environment['USE_V2_MIGRATION_RESOLVER']?.toLowerCase() === v2.USE_V2_MIGRATION_RESOLVER;
  return knowsV2 === true && asked && !command.some((word) => word.startsWith('--use_legacy_migration_resolver'));
}

/** A tag with two versions in it (`1.75.0-of-1.81.0`) tells nothing. */
function knownVersion(release: string): semver.SemVer | undefined {
  const versions = release.slice(release.lastIndexOf('/') + 1).match(/\d+\.\d+\.\d+/g) ?? [];
  return versions.length === 1 ? versionOf(release)?.base : undefined;
}

function doing({ release, environment }: LiteLlmStart, behaviour: StartBehaviour): string {
  switch (behaviour) {
    case 'check':
      return `${release} only compares the database with its own schema when it starts (DISABLE_SCHEMA_UPDATE=True)`;
    case 'deploy':
      return `${release} only applies its own migrations when it starts${environment['LITELLM_MIGRATION_DIR'] === undefined ? '' : ', and those of newer releases that lie in LITELLM_MIGRATION_DIR'}`;
    case 'push':
      return `${release} runs "prisma db push --accept-data-loss" when it starts, which drops every table and column that it does not know`;
    case 'force':
      return `${release} makes the database look like its own schema when it starts, which drops every table and column that it does not know`;
    case 'unknown':
      return `which LiteLLM ${release} is cannot be told from its name, so planb takes it that it drops every table and column that it does not know`;
    default:
      return behaviour satisfies never;
  }
}
