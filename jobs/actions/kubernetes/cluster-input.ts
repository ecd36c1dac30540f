import { z } from 'zod';

/** Where a step's objects are: the fields that every Kubernetes action has. */
export const clusterFields = {
  /** Default words are no option here: a rollback in the wrong namespace finds another release of the same name. */
  namespace: z.string().min(1),
  context: z.string().min(1).optional(),
  /** A path; default: what KUBECONFIG of planb's own environment says, else the cluster that planb runs in. */
  kubeconfig: z.string().min(1).optional(),
};

/** Helm's own rule; a name that begins with a dash would be an option. */
export const helmRelease = z.string().max(53).regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'is no name of a Helm release');

/** `deployment/litellm` or `statefulset/worker`. */
export const workloadName = z.string().regex(/^(deployment|statefulset)\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'write deployment/<name> or statefulset/<name>');

export interface Cluster {
  readonly namespace: string;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

/** Which cluster the programs speak to, and who they are there, is the operator's choice; they and the login plugins of clouds read these. */
export const clusterVariables: readonly string[] = [
  'KUBECONFIG', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'HELM_DRIVER', 'HELM_DRIVER_SQL_CONNECTION_STRING', 'HTTPS_PROXY', 'NO_PROXY',
  'AWS_PROFILE', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE',
  'GOOGLE_APPLICATION_CREDENTIALS', 'CLOUDSDK_CONFIG', 'USE_GKE_GCLOUD_AUTH_PLUGIN',
];

type Command = readonly [string, ...string[]];

export function helmCommand(cluster: Cluster, args: readonly string[]): Command {
  return ['helm', ...args, '--namespace', cluster.namespace, ...option('--kube-context', cluster.context), ...option('--kubeconfig', cluster.kubeconfig)];
}

export function kubectlCommand(cluster: Cluster, args: readonly string[]): Command {
  return ['kubectl', ...args, '--namespace', cluster.namespace, ...option('--context', cluster.context), ...option('--kubeconfig', cluster.kubeconfig)];
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}
