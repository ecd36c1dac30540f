import { createHash } from 'node:crypto';

import { type KubeObject, type Value, at, copyOf, isObject, listAt, nameOf, numberAt, objectAt, textAt } from './object.js';
import type { ObjectStore, ResourcePath } from './store.js';

/** What becomes of a container of an image; `starting` never becomes ready. */
export type Behaviour = 'ready' | 'starting' | 'crash' | 'no-image';

/** Revisions and pods of what stands in the store: what Kubernetes' controllers and a node do, at once instead of after a while. */
export class Controllers {
  /** By image; others become ready. */
  readonly behaviour = new Map<string, Behaviour>();
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /** Follows up a stored object; whatever is no workload stays as it is. */
  reconcile(path: ResourcePath, name: string): void {
    const object = this.store.find(path, name);
    if (object === undefined) return;
    if (path.plural === 'deployments') this.deployment(path, copyOf(object));
    else if (path.plural === 'statefulsets') this.statefulSet(path, copyOf(object));
    else if (path.plural === 'jobs' && at(object, 'status', 'succeeded') === undefined) {
      this.store.put(path, { ...copyOf(object), status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] } });
    }
  }

  /** Ends pods and revisions of a workload that was deleted. */
  forget(path: ResourcePath, name: string): void {
    for (const plural of ['replicasets', 'controllerrevisions']) this.removeOwned({ ...path, plural }, name);
    this.removeOwned({ groupVersion: 'v1', plural: 'pods', namespace: path.namespace }, name);
  }

  reconcileAll(): void {
    for (const plural of ['deployments', 'statefulsets']) {
      for (const object of this.store.list({ groupVersion: 'apps/v1', plural, namespace: '' })) this.reconcile({ groupVersion: 'apps/v1', plural, namespace: textAt(object, 'metadata', 'namespace') }, nameOf(object));
    }
  }

  private deployment(path: ResourcePath, deployment: KubeObject): void {
    const spec = objectAt(deployment, 'spec');
    spec['replicas'] ??= 1;
    spec['strategy'] ??= { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } };
    const name = nameOf(deployment);
    const template = objectAt(spec, 'template');
    const sets = { ...path, plural: 'replicasets' };
    const owned = this.store.list(sets).filter((set) => ownerOf(set) === name);
    const newest = Math.max(0, ...owned.map((set) => revisionOf(set)));
    const hash = hashOf(template);
    const existing = owned.find((set) => nameOf(set) === `${name}-${hash}`);
    const revision = existing !== undefined && revisionOf(existing) === newest ? newest : newest + 1;
    const labelled = copyOf(template);
    objectAt(labelled, 'metadata', 'labels')['pod-template-hash'] = hash;
    const replicas = numberAt(spec, 'replicas');
    const ready = this.runs(template) === 'ready';
    const old = owned.filter((set) => nameOf(set) !== `${name}-${hash}`);
    const pods = { groupVersion: 'v1', plural: 'pods', namespace: path.namespace };
    // A rolling update keeps the old pods until new ones are ready.
    if (ready || replicas === 0) {
      for (const set of old) {
        this.removePods(pods, nameOf(set));
        this.store.put(sets, { ...copyOf(set), status: { replicas: 0 } });
      }
    }
    this.setPods(pods, `${name}-${hash}`, name, labelled, replicas, (index) => `${name}-${hash}-${index}`);
    this.store.put(sets, {
      ...(existing === undefined ? {} : copyOf(existing)), apiVersion: 'apps/v1', kind: 'ReplicaSet',
      metadata: {
        ...(existing === undefined ? {} : objectAt(copyOf(existing), 'metadata')), name: `${name}-${hash}`, labels: { ...objectAt(copyOf(labelled), 'metadata', 'labels') }, annotations: { 'deployment.kubernetes.io/revision': String(revision) },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid: textAt(deployment, 'metadata', 'uid'), controller: true }],
      },
      spec: { replicas, selector: copyOf(objectAt(spec, 'selector')), template: labelled },
      status: { replicas, readyReplicas: ready ? replicas : 0, availableReplicas: ready ? replicas : 0, observedGeneration: 1 },
    });
    objectAt(deployment, 'metadata', 'annotations')['deployment.kubernetes.io/revision'] = String(revision);
    this.store.put(path, deployment);
    const all = this.store.list(pods).filter((pod) => textAt(pod, 'metadata', 'annotations', 'stand-in/workload') === name);
    const readyPods = all.filter(isReady).length;
    this.observe(path, name, { replicas: all.length, updatedReplicas: replicas, readyReplicas: readyPods, availableReplicas: readyPods, unavailableReplicas: all.length - readyPods });
  }

  private statefulSet(path: ResourcePath, set: KubeObject): void {
    const spec = objectAt(set, 'spec');
    spec['replicas'] ??= 1;
    spec['updateStrategy'] ??= { type: 'RollingUpdate' };
    const name = nameOf(set);
    const template = objectAt(spec, 'template');
    const revisions = { ...path, plural: 'controllerrevisions' };
    const owned = this.store.list(revisions).filter((one) => ownerOf(one) === name);
    const newest = Math.max(0, ...owned.map((one) => numberAt(one, 'revision')));
    const update = `${name}-${hashOf(template)}`;
    const existing = owned.find((one) => nameOf(one) === update);
    const revision = existing !== undefined && numberAt(existing, 'revision') === newest ? newest : newest + 1;
    this.store.put(revisions, {
      apiVersion: 'apps/v1', kind: 'ControllerRevision', revision, data: { spec: { template: { ...copyOf(template), $patch: 'replace' } } },
      metadata: { ...(existing === undefined ? {} : objectAt(copyOf(existing), 'metadata')), name: update, labels: { ...objectAt(copyOf(template), 'metadata', 'labels') }, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: textAt(set, 'metadata', 'uid'), controller: true }] },
    });
    const replicas = numberAt(spec, 'replicas');
    const labelled = copyOf(template);
    objectAt(labelled, 'metadata', 'labels')['controller-revision-hash'] = update;
    const pods = { groupVersion: 'v1', plural: 'pods', namespace: path.namespace };
    for (const one of owned) if (nameOf(one) !== update) this.removePods(pods, nameOf(one));
    this.setPods(pods, update, name, labelled, replicas, (index) => `${name}-${index}`);
    this.store.put(path, set);
    const ready = this.runs(template) === 'ready' ? replicas : 0;
    this.observe(path, name, { replicas, updatedReplicas: replicas, currentReplicas: ready, readyReplicas: ready, availableReplicas: ready, currentRevision: update, updateRevision: update });
  }

  private observe(path: ResourcePath, name: string, status: KubeObject): void {
    const object = this.store.find(path, name);
    if (object !== undefined) this.store.put(path, { ...copyOf(object), status: { observedGeneration: numberAt(object, 'metadata', 'generation'), ...status } });
  }

  private runs(template: KubeObject): Behaviour {
    const images = listAt(template, 'spec', 'containers').map((container) => textAt(container, 'image'));
    return images.map((image) => this.behaviour.get(image) ?? 'ready').find((one) => one !== 'ready') ?? 'ready';
  }

  private setPods(path: ResourcePath, set: string, workload: string, template: KubeObject, replicas: number, name: (index: number) => string): void {
    const state = this.runs(template);
    for (let index = 0; index < replicas; index += 1) {
      const statuses = listAt(template, 'spec', 'containers').filter(isObject).map((container): KubeObject => {
        const image = textAt(container, 'image');
        return { name: textAt(container, 'name'), image, imageID: `${image.replace(/:[^/]*$/, '')}@sha256:${createHash('sha256').update(image).digest('hex')}`, ready: state === 'ready', restartCount: state === 'crash' ? 4 : 0, state: stateOf(state) };
      });
      this.store.put(path, {
        apiVersion: 'v1', kind: 'Pod', spec: copyOf(objectAt(template, 'spec')),
        metadata: { name: name(index), labels: { ...objectAt(copyOf(template), 'metadata', 'labels') }, annotations: { 'stand-in/set': set, 'stand-in/workload': workload, 'stand-in/index': String(index) } },
        status: { phase: state === 'ready' || state === 'crash' ? 'Running' : 'Pending', containerStatuses: statuses, conditions: [{ type: 'Ready', status: state === 'ready' ? 'True' : 'False' }] },
      });
    }
    for (const pod of this.store.list(path)) if (textAt(pod, 'metadata', 'annotations', 'stand-in/set') === set && Number(textAt(pod, 'metadata', 'annotations', 'stand-in/index')) >= replicas) this.store.remove(path, nameOf(pod));
  }

  private removePods(path: ResourcePath, set: string): void {
    for (const pod of this.store.list(path)) if (textAt(pod, 'metadata', 'annotations', 'stand-in/set') === set) this.store.remove(path, nameOf(pod));
  }

  private removeOwned(path: ResourcePath, owner: string): void {
    for (const object of this.store.list(path)) if (ownerOf(object) === owner || textAt(object, 'metadata', 'annotations', 'stand-in/workload') === owner) this.store.remove(path, nameOf(object));
  }
}

function stateOf(behaviour: Behaviour): KubeObject {
  if (behaviour === 'ready') return { running: { startedAt: '2026-01-01T00:00:00Z' } };
  if (behaviour === 'crash') return { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } };
  if (behaviour === 'no-image') return { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image: manifest unknown' } };
  return { running: { startedAt: '2026-01-01T00:00:00Z' } };
}

const hashOf = (template: KubeObject): string => createHash('sha256').update(JSON.stringify(plain(template))).digest('hex').slice(0, 10);

/** In one order, and without the empty fields that kubectl's types add: to Kubernetes both are the same template. */
function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, Value] => [key, plain(item)]);
  return Object.fromEntries(entries.filter(([, item]) => item !== null && !(isObject(item) && Object.keys(item).length === 0)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const ownerOf = (object: KubeObject): string => textAt(listAt(object, 'metadata', 'ownerReferences')[0], 'name');
const revisionOf = (set: KubeObject): number => Number(textAt(set, 'metadata', 'annotations', 'deployment.kubernetes.io/revision'));
const isReady = (pod: KubeObject): boolean => listAt(pod, 'status', 'containerStatuses').every((one) => at(one, 'ready') === true);
