import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { engineAnswers, runCompose } from '../images/engine.js';

/** Begins the name of a Compose project of the demo. */
export const COMPOSE_SHOP_PREFIX = 'planb-demo-';

/** Removes the containers that a killed demo left of its shop; without an engine there are none. */
export async function removeComposeShop(dir: string): Promise<void> {
  if (await engineAnswers()) await runCompose(dir, ['down', '--volumes', '--remove-orphans', '--timeout', '5']);
}

/** Ends the process of a shop in `dir`, if there is one. */
export async function stopShop(dir: string): Promise<void> {
  const program = join(dir, 'bin', 'stop.mjs');
  if (existsSync(program)) await execa(process.execPath, [program]);
}
