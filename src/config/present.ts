type Present<T> = { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> } & { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] };

/** Leaves out what is undefined: an absent key and an undefined one are not the same (`exactOptionalPropertyTypes`). */
export function present<T extends Record<string, unknown>>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
