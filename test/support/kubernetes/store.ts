import { type KubeObject, at, copyOf, isObject, nameOf, objectAt, textAt } from './object.js';

export interface ResourcePath {
  /** `v1`, `apps/v1`. */
  readonly groupVersion: string;
  readonly plural: string;
  readonly namespace: string;
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly path: ResourcePath;
  readonly object: KubeObject;
  readonly version: number;
}

/** The objects of a cluster, with versions and what changed, as the API server's storage has them. */
export class ObjectStore {
  readonly changes: Change[] = [];
  private readonly objects = new Map<string, { readonly path: ResourcePath; object: KubeObject }>();
  private readonly listeners = new Set<(change: Change) => void>();
  private counter = 100;

  get version(): number {
    return this.counter;
  }

  find(path: ResourcePath, name: string): KubeObject | undefined {
    return this.objects.get(keyOf(path, name))?.object;
  }

  list({ groupVersion, plural, namespace }: ResourcePath): readonly KubeObject[] {
    return [...this.objects.values()].filter(({ path }) => path.groupVersion === groupVersion && path.plural === plural && (namespace === '' || path.namespace === namespace)).map(({ object }) => object);
  }

  /** Stores an object under its own name. A changed spec makes a new generation, as the API server counts them. */
  put(path: ResourcePath, given: KubeObject): KubeObject {
    const object = copyOf(given);
    const old = this.find(path, nameOf(object));
    if (old !== undefined && JSON.stringify(withoutVersion(old)) === JSON.stringify(withoutVersion(object))) return old;
    this.counter += 1;
    const metadata = objectAt(object, 'metadata');
    metadata['namespace'] = path.namespace;
    metadata['resourceVersion'] = String(this.counter);
    metadata['uid'] = textAt(old, 'metadata', 'uid') || `uid-${this.counter}`;
    metadata['creationTimestamp'] = textAt(old, 'metadata', 'creationTimestamp') || new Date().toISOString().replace(/\.\d+Z/, 'Z');
    const before = Number(at(old, 'metadata', 'generation') ?? 0);
    metadata['generation'] = old !== undefined && JSON.stringify(old['spec']) === JSON.stringify(object['spec']) ? before : before + 1;
    this.objects.set(keyOf(path, nameOf(object)), { path, object });
    this.tell({ type: old === undefined ? 'ADDED' : 'MODIFIED', path, object, version: this.counter });
    return object;
  }

  remove(path: ResourcePath, name: string): KubeObject | undefined {
    const object = this.find(path, name);
    if (object === undefined) return undefined;
    this.objects.delete(keyOf(path, name));
    this.counter += 1;
    this.tell({ type: 'DELETED', path, object, version: this.counter });
    return object;
  }

  /** Returns what ends it. */
  listen(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(change: Change): void {
    this.changes.push(change);
    for (const listener of this.listeners) listener(change);
  }
}

function keyOf({ groupVersion, plural, namespace }: ResourcePath, name: string): string {
  return [groupVersion, plural, namespace, name].join(' ');
}

function withoutVersion(object: KubeObject): KubeObject {
  const metadata = object['metadata'];
  return { ...object, metadata: isObject(metadata) ? Object.fromEntries(Object.entries(metadata).filter(([key]) => !['resourceVersion', 'generation', 'uid', 'creationTimestamp', 'namespace'].includes(key))) : {} };
}

/** Whether an object has the labels of a `labelSelector` (`a=b,c in (d,e),f`) and the name of a `fieldSelector`. */
export function isSelected(object: KubeObject, labels: string, fields: string): boolean {
  const name = /(?:^|,)metadata\.name=([^,]+)/.exec(fields)?.[1];
  if (name !== undefined && nameOf(object) !== name) return false;
  return (labels.match(/[^,(]+(?:\([^)]*\))?/g) ?? []).every((term) => {
    const set = /^\s*(\S+)\s+in\s+\(([^)]*)\)/.exec(term);
    if (set !== null) return (set[2] ?? '').split(',').includes(textAt(object, 'metadata', 'labels', set[1] ?? ''));
    const [, key = '', sign = '', value = ''] = /^([^=!]+)(!?=?=?)(.*)$/.exec(term.trim()) ?? [];
    const label = at(object, 'metadata', 'labels', key);
    if (sign === '') return label !== undefined;
    return sign.startsWith('!') ? label !== value : label === value;
  });
}
