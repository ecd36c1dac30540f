import type { KubeObject } from './object.js';

/** The resources that the stand-in has, by group and version. */
const groups: Readonly<Record<string, readonly (readonly [plural: string, kind: string, ...subresources: string[]])[]>> = {
  v1: [['secrets', 'Secret'], ['configmaps', 'ConfigMap'], ['services', 'Service'], ['serviceaccounts', 'ServiceAccount'], ['pods', 'Pod', 'log'], ['namespaces', 'Namespace'], ['events', 'Event']],
  'apps/v1': [['deployments', 'Deployment', 'scale'], ['replicasets', 'ReplicaSet'], ['statefulsets', 'StatefulSet', 'scale'], ['controllerrevisions', 'ControllerRevision'], ['daemonsets', 'DaemonSet']],
  'batch/v1': [['jobs', 'Job']],
};
const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** The kind of a resource, for lists; undefined: there is no such resource. */
export function kindOf(groupVersion: string, plural: string): string | undefined {
  return groups[groupVersion]?.find(([name]) => name === plural)?.[1];
}

/** What the API says about itself at a path; undefined: the path is not one of these. */
export function discover(path: string): KubeObject | undefined {
  if (path === '/version') return { major: '1', minor: '27', gitVersion: 'v1.27.0', gitCommit: '', gitTreeState: 'clean', buildDate: '2024-01-01T00:00:00Z', goVersion: 'go1.20', compiler: 'gc', platform: 'linux/amd64' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') {
    const named = Object.keys(groups).filter((name) => name.includes('/'));
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map((groupVersion) => ({ name: groupVersion.split('/')[0] ?? '', versions: [{ groupVersion, version: 'v1' }], preferredVersion: { groupVersion, version: 'v1' } })) };
  }
  const groupVersion = path === '/api/v1' ? 'v1' : /^\/apis\/([^/]+\/[^/]+)$/.exec(path)?.[1];
  const resources = groupVersion === undefined ? undefined : groups[groupVersion];
  if (groupVersion === undefined || resources === undefined) return undefined;
  const named = (name: string, kind: string): KubeObject => ({ name, singularName: kind.toLowerCase(), namespaced: kind !== 'Namespace', kind, verbs: [...verbs], ...(name === 'deployments' ? { shortNames: ['deploy'] } : {}) });
  return {
    kind: 'APIResourceList', apiVersion: 'v1', groupVersion,
    resources: resources.flatMap(([plural, kind, ...subresources]) => [
      named(plural, kind),
      ...subresources.map((sub): KubeObject => ({ name: `${plural}/${sub}`, singularName: '', namespaced: true, verbs: ['get', 'patch', 'update'], ...(sub === 'scale' ? { kind: 'Scale', group: 'autoscaling', version: 'v1' } : { kind }) })),
    ]),
  };
}
