/** Under this name a receiver hands on what to call where a message was taken but not stored; Bolt passes it to listeners in their context. */
const NAME = 'planbNotStored';

export function notStoredProperty(call: () => void): Readonly<Record<string, () => void>> {
  return { [NAME]: call };
}

/** Tells the receiver of a message that nothing of it was stored. */
export function sayNotStored(context: Readonly<Record<string, unknown>>): void {
  const call = context[NAME];
  if (isCall(call)) call();
}

function isCall(value: unknown): value is () => void {
  return typeof value === 'function';
}
