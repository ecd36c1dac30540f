import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { runDocker } from '../../../../demo/images/engine.js';
import type { ApiServer } from '../../../support/kubernetes/api-server.js';
import { type KubeObject, at, isObject, listAt, numberAt, textAt } from '../../../support/kubernetes/object.js';

interface Wanted {
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The node of the cluster's stand-in: what the one Deployment asks for runs as a real container on this machine's network, and its log is what `kubectl logs` says. `env`: what the cluster adds to the
 * chart's own variables; `volumes`: as docker's.
 */
export function playNode(api: ApiServer, { env, volumes }: { readonly env: Readonly<Record<string, string>>; readonly volumes: readonly string[] }): void {
  let wanted: Wanted | undefined;
  let running: string | undefined;
  let log = '';
  let turn: Promise<void> = Promise.resolve();
  const follow = async (container: string): Promise<void> => {
    for await (const line of execa('docker', ['logs', '--follow', '--timestamps', container], { all: true, stdin: 'ignore', reject: false }).iterable({ from: 'all' })) log += `${line}\n`;
  };
  const run = async (next: Wanted | undefined): Promise<void> => {
    if (running !== undefined) await runDocker(['rm', '--force', running]);
    running = undefined;
    log = '';
    if (next === undefined) return;
    running = await runDocker(['run', '--detach', '--network', 'host', ...volumes.flatMap((volume) => ['--volume', volume]), ...Object.entries({ ...next.env, ...env }).flatMap(([name, value]) => ['--env', `${name}=${value}`]), next.image, '--config', '/app/config.yaml']);
    void follow(running);
  };
  const renew = (next: Wanted | undefined): void => {
    if (JSON.stringify(next) === JSON.stringify(wanted)) return;
    wanted = next;
    turn = turn.then(() => run(next));
    // Its failure is seen by whoever waits for an answer.
    turn.catch((error: unknown) => { log += String(error); });
  };
  api.logs.get = () => log;
  const end = api.store.listen(({ path, object }) => { if (path.plural === 'deployments') renew(wantedBy(object)); });
  onTestFinished(async () => {
    end();
    renew(undefined);
    await turn;
  });
}

function wantedBy(deployment: KubeObject): Wanted | undefined {
  const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  if (at(deployment, 'spec', 'replicas') !== undefined && numberAt(deployment, 'spec', 'replicas') === 0) return undefined;
  const env = listAt(container, 'env').filter(isObject).map((variable) => [textAt(variable, 'name'), textAt(variable, 'value')] as const);
  return { image: textAt(container, 'image'), env: Object.fromEntries(env) };
}
