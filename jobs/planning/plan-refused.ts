/** Planning ends here, with a sentence for the one who asked. `code` is a reason code where one fits, so that boards can translate it. */
export class PlanRefused extends Error {
  override readonly name = 'PlanRefused';
  readonly code: string;
  readonly details: Readonly<Record<string, string>>;
  readonly outcome: 'planning-failed' | 'nothing-to-do';

  constructor(code: string, message: string, details: Readonly<Record<string, string>> = {}, outcome: PlanRefused['outcome'] = 'planning-failed') {
    super(message);
    this.code = code;
    this.details = details;
    this.outcome = outcome;
  }
}
