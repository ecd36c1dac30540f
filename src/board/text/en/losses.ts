/** What a restore loses: `other`: the backup is of another database, which takes this one's place; else what came since. */
interface Restored {
  readonly other: boolean;
  /** When the backup was taken, where it is there already. */
  readonly since: string | undefined;
  readonly backup: string;
}

/** What actions say that a plan loses. */
export const enLosses = {
  restore: (live: string, kept: string, { other, since, backup }: Restored) => (other
    ? `what the database ${live} holds where it is restored; the other server's backup takes its place, and it stays there as ${kept}`
    : `what was written to ${live} since ${since ?? `the backup "${backup}"`}; it stays in the database ${kept}`),
};

/** The words of losses. */
export type LossWords = typeof enLosses;
