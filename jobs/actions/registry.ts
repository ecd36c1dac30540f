import { type RegisteredAction, defineAction } from './define-action.js';
import { changelogNoteAction } from './changelog-note.js';
import { browserCheckAction } from './browser-check.js';
import { composeReleaseAction } from './compose-release.js';
import { composeServicesAction } from './compose-services.js';
import { djangoReverseAction } from './django-reverse.js';
import { dnsSwitchAction } from './dns-switch.js';
import { dnsTtlAction } from './dns-ttl.js';
import { dnsWaitAction } from './dns-wait.js';
import { fileCheckAction } from './file-check.js';
import { filesCopyAction } from './files-copy.js';
import { helmRollbackAction } from './helm-rollback.js';
import { httpCheckAction } from './http-check.js';
import { httpFlowAction } from './http-flow.js';
import { kubectlRolloutAction } from './kubectl-rollout.js';
import { litellmCheckAction } from './litellm-check.js';
import { logsScanAction } from './logs-scan.js';
import { manualAction } from './manual.js';
import { migrationListAction } from './migration-list.js';
import { migrationSituationAction } from './migration-situation.js';
import { migrationWayBackAction } from './migration-way-back.js';
import { migrationWritesAction } from './migration-writes.js';
import { notifyAction } from './notify.js';
import { peopleHereAction } from './people-here.js';
import { postgresBackupAction } from './postgres-backup.js';
import { postgresCarryAction } from './postgres-carry.js';
import { postgresCompareAction } from './postgres-compare.js';
import { postgresLossAction } from './postgres-loss.js';
import { postgresMarkAction } from './postgres-mark.js';
import { postgresProveAction } from './postgres-prove.js';
import { postgresQueryAction } from './postgres-query.js';
import { postgresRestoreAction } from './postgres-restore.js';
import { preflightDiskAction } from './preflight-disk.js';
import { preflightDriftAction } from './preflight-drift.js';
import { preflightImagesAction } from './preflight-images.js';
import { preflightMigrationsAction } from './preflight-migrations.js';
import { preflightPaperAction } from './preflight-paper.js';
import { preflightRecordAction } from './preflight-record.js';
import { prismaDeployAction } from './prisma-deploy.js';
import { prismaHistoryAction } from './prisma-history.js';
import { prismaPushAction } from './prisma-push.js';
import { prismaResolveAction } from './prisma-resolve.js';
import { redisClearAction } from './redis-clear.js';
import { runAction } from './run.js';
import { snapshotCreateAction } from './snapshot-create.js';
import { waitAction } from './wait.js';

const all: readonly RegisteredAction[] = [
  defineAction(runAction),
  defineAction(composeReleaseAction),
  defineAction(postgresBackupAction),
  defineAction(postgresProveAction),
  defineAction(postgresLossAction),
  defineAction(postgresRestoreAction),
  defineAction(postgresQueryAction),
  defineAction(postgresMarkAction),
  defineAction(postgresCarryAction),
  defineAction(postgresCompareAction),
  defineAction(prismaHistoryAction),
  defineAction(djangoReverseAction),
  defineAction(prismaResolveAction),
  defineAction(prismaDeployAction),
  defineAction(prismaPushAction),
  defineAction(litellmCheckAction),
  defineAction(redisClearAction),
  defineAction(httpCheckAction),
  defineAction(httpFlowAction),
  defineAction(browserCheckAction),
  defineAction(logsScanAction),
  defineAction(notifyAction),
  defineAction(manualAction),
  defineAction(peopleHereAction),
  defineAction(migrationSituationAction),
  defineAction(migrationWritesAction),
  defineAction(migrationWayBackAction),
  defineAction(migrationListAction),
  defineAction(composeServicesAction),
  defineAction(filesCopyAction),
  defineAction(fileCheckAction),
  defineAction(changelogNoteAction),
  defineAction(preflightRecordAction),
  defineAction(preflightMigrationsAction),
  defineAction(preflightDriftAction),
  defineAction(preflightDiskAction),
  defineAction(preflightImagesAction),
  defineAction(preflightPaperAction),
  defineAction(snapshotCreateAction),
  defineAction(helmRollbackAction),
  defineAction(kubectlRolloutAction),
  defineAction(dnsTtlAction),
  defineAction(dnsSwitchAction),
  defineAction(dnsWaitAction),
  defineAction(waitAction),
];

/** Every action by the name that a runbook's `uses:` gives. */
export const actions: ReadonlyMap<string, RegisteredAction> = new Map(all.map((action) => [action.name, action]));
