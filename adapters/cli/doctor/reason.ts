/** The message, and the cause where the message is none: fetch says "fetch failed" for everything. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message || ('code' in error.cause ? String(error.cause.code) : '') : '';
  return cause === '' ? error.message : `${error.message} (${cause})`;
}
