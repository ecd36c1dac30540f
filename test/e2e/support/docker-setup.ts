import type { TestProject } from 'vitest/node';

import { startDocker } from './docker-daemon.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Docker Engine of the run, as DOCKER_HOST, which is also set for every test process. */
    dockerHost: string;
  }
}

/** One engine for the whole end-to-end run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const docker = await startDocker();
  process.env['DOCKER_HOST'] = docker.host;
  project.provide('dockerHost', docker.host);
  return () => docker.stop();
}
