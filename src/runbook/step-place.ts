/** Where a step acts; without `on` on the worker's own machine. */
export type StepPlace = { readonly ok: true; readonly on?: string } | { readonly ok: false; readonly message: string };

/**
 * Joins the step's own `on` with its target's. An action that touches no machine is not concerned by the target's; one that can work only here is refused, rather than done on another machine than the rest.
 * `on: ""` says: here, whatever the target says.
 */
export function judgePlace(step: { readonly uses: string; readonly on?: string }, remote: true | 'irrelevant' | undefined, targetOn: string | undefined): StepPlace {
  const on = step.on ?? targetOn;
  if (on === undefined || on === '' || (remote === 'irrelevant' && step.on === undefined)) return { ok: true };
  if (remote === true) return { ok: true, on };
  const only = remote === 'irrelevant' ? `${step.uses} acts on no machine` : `${step.uses} works on planb's own machine only`;
  const mend = step.on === undefined ? '; the target says on: for all its steps, so give this one on: "" to do it on planb\'s machine' : ', so leave "on" out';
  return { ok: false, message: `${only}${mend}` };
}
