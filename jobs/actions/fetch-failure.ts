/** Why a request got no answer, in words. fetch hides the reason ("fetch failed") in its cause. */
export function sayFetchFailure(error: unknown, limitMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${limitMs / 1_000} s`;
  const cause = error.cause;
  // A name with several addresses fails with one error an address and an empty message of its own.
  if (cause instanceof AggregateError) return cause.errors.map((inner) => (inner instanceof Error ? inner.message : String(inner))).join('; ');
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
