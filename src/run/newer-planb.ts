/**
 * Something was stored by a newer version of planb: an event, an action, a command that this one does not know. It must neither be guessed at nor dropped: this
 * process leaves it alone, and one of the newer version goes on with it (docs/decisions/0036).
 */
export class NewerPlanb extends Error {
  override readonly name = 'NewerPlanb';
  readonly code = 'newer-planb';
  /** By this process it fails every time. */
  readonly retryable = false;

  constructor(what: string) {
    super(`${what} is of a newer planb; this process leaves it alone`);
  }
}
