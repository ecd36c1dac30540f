/** What is known of whether a backup can be restored. `proven`: it was, and every table had the rows of its snapshot. */
export type BackupProofState =
  | { readonly state: 'proven'; readonly at: number; /** The throwaway server's version. */ readonly on: string }
  /** Nothing is known against it, but nobody can imitate its server. */
  | { readonly state: 'not-provable'; readonly why: string }
  | { readonly state: 'not-proven' };

/** A backup as planb's catalogue has it. Instants are milliseconds since the epoch. */
export interface BackupRecord {
  /** Short, made of machine, folder and checksum: the same dump has the same id whoever stores it, however often. */
  readonly id: string;
  readonly target: string;
  /** `system` and `oid` tell databases of one name apart; null where nobody could read them. */
  readonly database: { readonly system: string | null; readonly name: string; readonly oid: number | null };
  /** The release that ran when it was taken. */
  readonly release?: string;
  /** The worker's machine that has the files (`World.machine`). */
  readonly machine: string;
  /** Of `directory` format a folder, of `custom` one file; an absolute path on that machine. */
  readonly folder: string;
  readonly format: 'directory' | 'custom';
  readonly bytes: number;
  /** SHA-256: of a folder over the lines `<sha256>  <file>` in name order. The rows of every table lie beside a dump of planb's own in `planb-manifest.json`. */
  readonly sha256: string;
  /** Versions of the server and of pg_dump. */
  readonly server: string;
  readonly pgDump: string;
  /** The moment of its snapshot. */
  readonly takenAt: number;
  /** Absent where nobody counted. */
  readonly tables?: number;
  readonly rows?: number;
  readonly proof: BackupProofState;
  /** The step that took it; absent where it was taken elsewhere and registered by hand. */
  readonly run?: string;
  readonly step?: string;
  /** `missing`: its machine looked and did not find the files. */
  readonly state: 'kept' | 'missing' | 'deleting' | 'deleted';
}

/** Reading the catalogue: what lists and restores need. */
export interface BackupCatalogue {
  /** Of a target, newest first; without deleted ones and those that are being deleted. */
  listBackups(target: string): Promise<readonly BackupRecord[]>;
  /** Whatever its state; undefined: there was never such a backup. */
  findBackup(id: string): Promise<BackupRecord | undefined>;
}

/** The catalogue of backups in planb's own database. What a run's steps took is stored with their receipts (`AppendRequest.backups`). */
export interface BackupStore extends BackupCatalogue {
  /** Taken elsewhere; false: it is in the catalogue already. */
  registerBackup(backup: BackupRecord): Promise<boolean>;
  /** All of a machine that are not deleted, of every target. */
  backupsOn(machine: string): Promise<readonly BackupRecord[]>;
  /** Between `kept` and `missing`. */
  setBackupFound(id: string, found: boolean): Promise<void>;
  /** Claims one for deletion, unless its target has a live run or a live run's record names it; false: it has to stay. */
  beginDeletion(id: string): Promise<boolean>;
  backupDeleted(id: string): Promise<void>;
  /** Taken on this machine and not yet in its `ops/backups.log`, oldest first. */
  unloggedBackups(machine: string): Promise<readonly BackupRecord[]>;
  backupLogged(id: string): Promise<void>;
}

/** The least that is kept of each database, unless an operator's policy says otherwise. */
export const leastKept = { days: 7, last: 5 } as const;

/** How a target wants its backups. */
export interface BackupPolicy {
  /** Milliseconds for which a proven backup is used again by plans that destroy nothing; 0: never. */
  readonly freshMs: number;
  readonly keep: { readonly days: number; readonly last: number };
  /** Where dumps go whose step names no folder; absent: with the run. */
  readonly folder?: string;
  /** The file that gets a line a backup; absent: `ops/backups.log` in planb's data folder. */
  readonly log?: string;
}

/** What an action knows of its target's backups. */
export interface TargetBackups extends BackupCatalogue {
  /** Names the machine whose files this worker sees, for as long as planb's data folder lives (`BackupRecord.machine`). */
  readonly machine: () => Promise<string>;
  readonly policy: BackupPolicy;
}
