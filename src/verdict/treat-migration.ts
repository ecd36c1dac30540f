import type { MigrationFinding, Treatment } from './migration-facts.js';

/** What is known about one migration's rows and objects. */
export interface MigrationEvidence {
  readonly state: MigrationFinding['state'];
  readonly objects: MigrationFinding['objects'];
  /** The older release does not ship it. */
  readonly newer: boolean;
  /** Its script is known, and is one transaction. */
  readonly transactional: boolean;
  /** A failed row carries PostgreSQL's error, so the script did fail; without one planb only knows that it never finished. */
  readonly errorLogged: boolean;
}

/**
 * Decides about one migration's rows (facts.md, LiteLLM and Prisma): a row says the truth where the objects agree with it. A failed row blocks every deploy, also
 * of a release that does not ship the migration, and is stamped where its script left nothing behind. Wherever rows and objects contradict each other in a way that has
 * more than one cause, a person decides.
 */
export function treatMigration(evidence: MigrationEvidence): { readonly treatment: Treatment; readonly why: string } {
  switch (evidence.state) {
    case 'none':
    case 'rolled-back':
      // The older release does not look for it; the next upgrade does, and that is said before the vote.
      return evidence.newer && (evidence.objects === 'all' || evidence.objects === 'some')
        ? { treatment: 'keep-row', why: 'its objects are there though no row says that it was applied; the next upgrade will fail with "already exists"' }
        : { treatment: 'keep-row', why: 'it is not applied' };
    case 'applied':
      return treatApplied(evidence);
    case 'failed':
      return treatFailed(evidence);
    default:
      return evidence.state satisfies never;
  }
}

function treatApplied({ objects, newer }: MigrationEvidence): { readonly treatment: Treatment; readonly why: string } {
  if (!newer) return { treatment: 'keep-row', why: 'both releases ship it' };
  switch (objects) {
    case 'all':
      return { treatment: 'keep-row', why: 'its objects are there; without the row the next upgrade would fail with "already exists"' };
    case 'unknown':
      return { treatment: 'keep-row', why: 'it creates no object that could be looked for' };
    case 'none':
      return { treatment: 'delete-row', why: 'its objects are gone; with the row the next upgrade would not create them again' };
    case 'some':
      return { treatment: 'person', why: 'some of its objects are there and some are not' };
    default:
      return objects satisfies never;
  }
}

function treatFailed({ objects, transactional, errorLogged }: MigrationEvidence): { readonly treatment: Treatment; readonly why: string } {
  switch (objects) {
    case 'none':
      return { treatment: 'mark-rolled-back', why: 'it failed and none of its objects are there' };
    case 'some':
      return { treatment: 'person', why: 'it failed and some of its objects are there' };
    case 'all':
      return { treatment: 'person', why: 'it is recorded as failed, yet all of its objects are there' };
    case 'unknown':
      // The script is one transaction and PostgreSQL refused it: nothing can be left.
      return transactional && errorLogged
        ? { treatment: 'mark-rolled-back', why: 'it failed and its script is one transaction, which left nothing behind' }
        : { treatment: 'person', why: 'it did not finish, and nothing tells whether it left something behind' };
    default:
      return objects satisfies never;
  }
}
