import type { MigrationFinding, Treatment } from './migration-facts.js';

/** What is known about one migration's rows and objects. */
export interface MigrationEvidence {
  readonly state: MigrationFinding['state'];
  readonly objects: MigrationFinding['objects'];
  /** The older release does not ship it; in a repair, the running release does. */
  readonly newer: boolean;
  /** Its script is known, and is one transaction. */
  readonly transactional: boolean;
  /** Its script is known, and does nothing but what was found: with all of its objects there, nothing is left to do. */
  readonly complete: boolean;
  /** Its script changes rows that are still there, which a second run would do again. */
  readonly changesRows: boolean;
  /** Its script is known, and may run twice: everything in it says IF (NOT) EXISTS. */
  readonly repeatable: boolean;
  /** A failed row carries PostgreSQL's error, so the script did fail; without one planb only knows that it never finished. */
  readonly errorLogged: boolean;
  /** Another row of the same name says that it was applied: two replicas migrated at once, or somebody mended it (facts.md, #39178). */
  readonly alsoApplied: boolean;
}

interface Treated {
  readonly treatment: Treatment;
  readonly why: string;
}

/**
 * Decides about one migration's rows (facts.md, LiteLLM and Prisma): a row says the truth where the objects agree with it. A failed row blocks every deploy, also
 * of a release that does not ship the migration. Wherever rows and objects contradict each other in a way that has more than one cause, a person decides.
 */
export function treatMigration(evidence: MigrationEvidence): Treated {
  switch (evidence.state) {
    case 'none':
    case 'rolled-back':
      return treatUnrecorded(evidence);
    case 'applied':
      return treatApplied(evidence);
    case 'failed':
      return treatFailed(evidence);
    default:
      return evidence.state satisfies never;
  }
}

/** Whoever deploys next runs its script, and fails with "already exists" where its objects are there (facts.md, #14537). */
function treatUnrecorded({ objects, complete }: MigrationEvidence): Treated {
  if (objects === 'all' && complete) return { treatment: 'mark-applied', why: 'all of its objects are there though no row says that it was applied; the next deploy would fail with "already exists"' };
  if (objects === 'all') return { treatment: 'keep-row', why: 'its objects are there though no row says that it was applied, and what else its script does leaves no trace; the next deploy that ships it will fail with "already exists"' };
  if (objects === 'some') return { treatment: 'keep-row', why: 'some of its objects are there though no row says that it was applied; the next deploy that ships it will fail' };
  return { treatment: 'keep-row', why: 'it is not applied' };
}

function treatApplied({ objects, newer, changesRows }: MigrationEvidence): Treated {
  if (!newer) {
    if (objects === 'none' || objects === 'some') return { treatment: 'keep-row', why: `${objects === 'none' ? 'its' : 'some of its'} objects are gone, and the older release needs them too` };
    return { treatment: 'keep-row', why: 'both releases ship it' };
  }
  switch (objects) {
    case 'all':
      return { treatment: 'keep-row', why: 'its objects are there; without the row the next upgrade would fail with "already exists"' };
    case 'unknown':
      return { treatment: 'keep-row', why: 'it leaves nothing that could be looked for' };
    case 'none':
      if (changesRows) return { treatment: 'person', why: 'its objects are gone, and its script also changes rows, which it would do a second time if the next upgrade ran it again' };
      return { treatment: 'delete-row', why: 'its objects are gone; with the row the next upgrade would not create them again' };
    case 'some':
      return { treatment: 'person', why: 'some of its objects are there and some are not' };
    default:
      return objects satisfies never;
  }
}

function treatFailed({ objects, transactional, complete, repeatable, errorLogged, alsoApplied }: MigrationEvidence): Treated {
  if (objects === 'some') return { treatment: 'person', why: 'it failed and some of its objects are there' };
  if (alsoApplied && objects !== 'none') return { treatment: 'mark-rolled-back', why: 'it failed once, and another row says that it was applied' };
  switch (objects) {
    case 'none':
      return alsoApplied
        ? { treatment: 'person', why: 'one row says that it failed, another that it was applied, and its objects are gone' }
        : { treatment: 'mark-rolled-back', why: 'it failed and none of its objects are there' };
    case 'all':
      return complete
        ? { treatment: 'mark-applied', why: 'it is recorded as failed, yet everything that its script makes is there' }
        : { treatment: 'person', why: 'it is recorded as failed, yet all of its objects are there, and what else its script does leaves no trace' };
    case 'unknown':
      if (repeatable) return { treatment: 'mark-rolled-back', why: 'it failed, and its script may run again without harm' };
      // The script is one transaction and PostgreSQL refused it: nothing can be left.
      return transactional && errorLogged
        ? { treatment: 'mark-rolled-back', why: 'it failed and its script is one transaction, which left nothing behind' }
        : { treatment: 'person', why: 'it did not finish, and nothing tells whether it left something behind' };
    default:
      return objects satisfies never;
  }
}
