import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import type { StepContext } from '../../../src/ports/action.js';
import { stepContext } from '../../integration/actions/step-context.js';
import { tempFolder } from '../temp-folder.js';
import { type ApiServer, startApiServer } from './api-server.js';

const runFile = promisify(execFile);

/** A cluster's stand-in, the kubeconfig for it, and real Helm and kubectl to speak to it. */
export interface KubernetesWorld {
  readonly api: ApiServer;
  readonly kubeconfig: string;
  /** With which programs find the packaged Helm, and no kubeconfig or cache of this machine. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs Helm as a deploying person would; throws what it says when it fails. */
  readonly helm: (...args: readonly string[]) => Promise<string>;
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** Writes a chart and installs or upgrades the release `shop` by it. */
  readonly deploy: (given: { readonly tag: string; readonly values?: Readonly<Record<string, string>>; readonly chart?: string; readonly args?: readonly string[] }) => Promise<string>;
  /** A step's context whose programs run with `env`. */
  readonly context: (given?: Partial<StepContext>, secrets?: readonly string[]) => ReturnType<typeof stepContext>;
}

export async function kubernetesWorld(): Promise<KubernetesWorld> {
  const api = await startApiServer();
  const home = await tempFolder('planb-kube');
  const kubeconfig = join(home, 'config');
  await writeFile(kubeconfig, [
    'apiVersion: v1', 'kind: Config', 'current-context: test',
    `clusters: [{ name: test, cluster: { server: "${api.url}" } }]`, 'users: [{ name: test, user: {} }]',
    'contexts: [{ name: test, context: { cluster: test, user: test, namespace: default } }]', '',
  ].join('\n'), { mode: 0o600 });
  const env = { HOME: home, KUBECONFIG: kubeconfig, PATH: [resolve('node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter) };
  const run = async (program: string, args: readonly string[]): Promise<string> => (await runFile(program, args, { env, cwd: home })).stdout;
  const helm: KubernetesWorld['helm'] = (...args) => run('helm', [...args, '--namespace', 'prod']);
  return {
    api, kubeconfig, env, helm,
    kubectl: (...args) => run('kubectl', [...args, '--namespace', 'prod']),
    deploy: async ({ tag, values = {}, chart = '0.1.0', args = [] }) => {
      const folder = join(home, `chart-${chart}-${tag}`);
      await writeChart(folder, chart, tag);
      return helm('upgrade', '--install', 'shop', folder, ...Object.entries({ tag, ...values }).flatMap(([key, value]) => ['--set-string', `${key}=${value}`]), ...args);
    },
    context: async (given = {}, secrets = []) => {
      const step = await stepContext(given, secrets);
      const context: StepContext = { ...step.context, run: (request, options) => step.context.run({ ...request, env: { ...env, ...request.env } }, options) };
      return { ...step, context };
    },
  };
}

/** Like LiteLLM's own chart where it matters here: a Deployment, a Secret, and a migrations Job that is a hook. */
async function writeChart(folder: string, version: string, appVersion: string): Promise<void> {
  await mkdir(join(folder, 'templates'), { recursive: true });
  await writeFile(join(folder, 'Chart.yaml'), `apiVersion: v2\nname: shop-chart\nversion: ${version}\nappVersion: "${appVersion}"\n`);
  await writeFile(join(folder, 'values.yaml'), 'tag: latest\nreplicas: 2\nimage: repo/shop\nmasterKey: none\nmigrations: "true"\nschemaUpdate: "true"\n');
  await writeFile(join(folder, 'templates', 'all.yaml'), `apiVersion: v1
kind: Secret
metadata: { name: shop }
stringData: { masterkey: "{{ .Values.masterKey }}" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: shop
          image: "{{ .Values.image }}:{{ .Values.tag }}"
          env:
            - { name: DISABLE_SCHEMA_UPDATE, value: "{{ .Values.schemaUpdate }}" }
            - { name: PROXY_MASTER_KEY, value: "{{ .Values.masterKey }}" }
---
{{- if eq .Values.migrations "true" }}
apiVersion: batch/v1
kind: Job
metadata:
  name: shop-migrations
  annotations: { helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation }
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: migrate, image: "{{ .Values.image }}:{{ .Values.tag }}" }]
{{- end }}
`);
}
