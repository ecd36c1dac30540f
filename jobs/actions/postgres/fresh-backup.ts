import { z } from 'zod';
import type { Fact } from '../../../src/plan/plan.js';
import type { ActionContext, StepContext } from '../../../src/ports/action.js';
import type { BackupRecord } from '../../../src/ports/backups.js';
import { type DumpManifest, readManifest } from './dump-manifest.js';
import type { DatabaseFacts } from './database-facts.js';
import { sayBytes } from './dump-plan.js';
import { type Proof, readProof } from './proof-file.js';

const prefix = 'postgres-fresh:';
const freshFact = z.object({ id: z.string(), folder: z.string(), sha256: z.string(), bytes: z.number(), takenAt: z.string() });

/** A backup of planb's whose files and proof are here, whole. */
export interface ProvenDump {
  readonly folder: string;
  readonly manifest: DumpManifest;
  readonly proof: Proof;
}

/** The newest proven backup of this very database that is young enough for the target and lies whole on this machine, as a fact for the plan; none where there is none. */
export async function freshFacts(context: ActionContext, short: string, database: Pick<DatabaseFacts, 'system' | 'name' | 'oid'>): Promise<readonly Fact[]> {
  const { policy } = context.backups;
  if (policy.freshMs <= 0) return [];
  const machine = await context.backups.machine();
  const readAt = new Date(context.now()).toISOString();
  const fits = (backup: BackupRecord): boolean =>
    backup.state === 'kept' && backup.proof.state === 'proven' && backup.machine === machine && context.now() - backup.takenAt <= policy.freshMs && isOf(backup, database);
  for (const { id, folder, sha256, bytes, takenAt } of (await context.backups.listBackups(context.target)).filter(fits)) {
    if ((await readProven(folder, sha256)) === undefined) continue;
    const value = { id, folder, sha256, bytes, takenAt: new Date(takenAt).toISOString() };
    return [{ key: `${prefix}${short}`, kind: 'measured', label: `proven backup of ${database.name} that may be used again`, value, readAt }];
  }
  return [];
}

/** Without the cluster's own number two databases of one name cannot be told apart. */
function isOf({ database }: BackupRecord, wanted: Pick<DatabaseFacts, 'system' | 'name' | 'oid'>): boolean {
  return wanted.system !== null && database.system === wanted.system && database.oid === wanted.oid && database.name === wanted.name;
}

async function readProven(folder: string, sha256: string): Promise<ProvenDump | undefined> {
  const manifest = await readManifest(folder);
  if (manifest?.sha256 !== sha256) return undefined;
  const proof = await readProof(folder, manifest);
  return proof === undefined ? undefined : { folder, manifest, proof };
}

/** The backup that the plan said would be used again, if its files are still whole; undefined: there has to be a new one. */
export async function plannedFresh(context: StepContext, short: string): Promise<ProvenDump | undefined> {
  const fact = context.facts.find(({ key }) => key === `${prefix}${short}`);
  if (fact === undefined || !context.destroysNothing) return undefined;
  const { folder, sha256 } = freshFact.parse(fact.value);
  const found = await readProven(folder, sha256);
  if (found === undefined) context.log(`the proven backup in ${folder} is no longer whole; taking a new one`);
  return found;
}

/** The plan's words for it: "the proven backup of 02:10 UTC, 1.2 GB", one for each database that has one. */
export function sayFresh(facts: readonly Fact[]): readonly string[] {
  return facts.filter(({ key }) => key.startsWith(prefix)).map((fact) => {
    const { id, takenAt, bytes } = freshFact.parse(fact.value);
    const [day, time] = [takenAt.slice(0, 10), takenAt.slice(11, 16)];
    return `the proven backup of ${day === fact.readAt.slice(0, 10) ? '' : `${day} `}${time} UTC, ${sayBytes(bytes)} (${id})`;
  });
}
