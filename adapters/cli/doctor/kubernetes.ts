import { broken, ok, type Check } from './finding.js';

/** `helm` is asked for nothing but its version: which cluster a target is in, and who planb is there, its plan says. */
export const helm: Check = {
  about: 'helm',
  run: async ({ needs, reach }, signal) => {
    if (!needs.helm) return [];
    const { ok: answers, stdout } = await reach.runProgram({ argv: ['helm', 'version', '--short'], timeoutMs: 5_000, signal });
    const version = /v(\d+)\.\d+\.\d+/.exec(stdout);
    if (!answers || version === null) return [broken('helm', 'a target is a Helm release, but there is no helm here', 'install Helm 3 (https://get.helm.sh) where the workers run')];
    return [Number(version[1]) < 3 ? broken('helm', `${version[0]} keeps its releases elsewhere than Helm 3`, 'install Helm 3') : ok('helm', version[0])];
  },
};

export const kubectl: Check = {
  about: 'kubectl',
  run: async ({ needs, reach }, signal) => {
    if (!needs.kubectl) return [];
    const { ok: answers, stdout } = await reach.runProgram({ argv: ['kubectl', 'version', '--client', '--output=json'], timeoutMs: 5_000, signal });
    const version = /"gitVersion": *"(v[^"]+)"/.exec(stdout)?.[1];
    return [answers && version !== undefined ? ok('kubectl', version) : broken('kubectl', 'a target is in Kubernetes, but there is no kubectl here', 'install kubectl (Debian: kubernetes-client) where the workers run')];
  },
};
