/** JSON that a stand-in changes in place. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type KubeObject = { [key: string]: Value };

export function isObject(value: Value | undefined): value is KubeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What lies at a path; undefined where the way ends before it. */
export function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  let here = value;
  for (const key of path) here = isObject(here) ? here[key] : undefined;
  return here;
}

/** The object at a path, made where it is missing. */
export function objectAt(value: KubeObject, ...path: readonly string[]): KubeObject {
  let here = value;
  for (const key of path) {
    const next = here[key];
    if (isObject(next)) here = next;
    else {
      const made: KubeObject = {};
      here[key] = made;
      here = made;
    }
  }
  return here;
}

export function textAt(value: Value | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

export function numberAt(value: Value | undefined, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function listAt(value: Value | undefined, ...path: readonly string[]): Value[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export const nameOf = (object: KubeObject): string => textAt(object, 'metadata', 'name');
export const copyOf = <T extends Value>(value: T): T => structuredClone(value);
