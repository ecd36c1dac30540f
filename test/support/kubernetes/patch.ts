import { type KubeObject, type Value, copyOf, isObject } from './object.js';

/** By which key the API server merges lists of objects; other lists are replaced. */
const mergeKeys: Readonly<Record<string, string>> = { containers: 'name', initContainers: 'name', env: 'name', volumes: 'name', volumeMounts: 'mountPath', ports: 'containerPort', imagePullSecrets: 'name' };

/** Applies a patch as the API server does for its content type. Throws for a kind of patch that nobody sent so far. */
export function applyPatch(object: KubeObject, contentType: string, patch: Value): KubeObject {
  if (contentType.startsWith('application/json-patch+json')) return jsonPatch(object, patch);
  if (!isObject(patch)) throw new Error('a merge patch must be an object');
  if (contentType.startsWith('application/strategic-merge-patch+json')) return merge(object, patch, true);
  if (contentType.startsWith('application/merge-patch+json')) return merge(object, patch, false);
  throw new Error(`no such patch here: ${contentType}`);
}

function merge(object: KubeObject, patch: KubeObject, strategic: boolean): KubeObject {
  if (strategic && patch['$patch'] === 'replace') return Object.fromEntries(Object.entries(copyOf(patch)).filter(([key]) => key !== '$patch'));
  const merged: KubeObject = copyOf(object);
  for (const [key, value] of Object.entries(patch)) {
    if (strategic && key.startsWith('$')) continue;
    const old = merged[key];
    if (value === null) Reflect.deleteProperty(merged, key);
    else if (isObject(value)) merged[key] = merge(isObject(old) ? old : {}, value, strategic);
    else if (strategic && Array.isArray(value) && Array.isArray(old) && mergeKeys[key] !== undefined) merged[key] = mergeList(old, value, mergeKeys[key]);
    else merged[key] = copyOf(value);
  }
  return merged;
}

function mergeList(old: readonly Value[], patch: readonly Value[], key: string): Value[] {
  const merged = old.map(copyOf);
  for (const item of patch) {
    if (!isObject(item)) continue;
    const index = merged.findIndex((other) => isObject(other) && other[key] === item[key]);
    const found = merged[index];
    if (item['$patch'] === 'delete') {
      if (index >= 0) merged.splice(index, 1);
    } else if (isObject(found)) merged[index] = merge(found, item, true);
    else merged.push(copyOf(item));
  }
  return merged;
}

function jsonPatch(object: KubeObject, patch: Value): KubeObject {
  const result = copyOf(object);
  for (const operation of Array.isArray(patch) ? patch : []) {
    if (!isObject(operation) || typeof operation['path'] !== 'string') continue;
    const path = operation['path'].slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = path.pop() ?? '';
    let parent: Value = result;
    for (const part of path) parent = isObject(parent) ? (parent[part] ?? {}) : {};
    if (!isObject(parent)) continue;
    if (operation['op'] === 'remove') Reflect.deleteProperty(parent, last);
    else parent[last] = copyOf(operation['value'] ?? null);
  }
  return result;
}
