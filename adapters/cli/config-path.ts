import type { CliServices } from './services.js';

/** Where planb.yaml is. */
export function configPath(env: CliServices['env']): string {
  const configured = env['PLANB_CONFIG'] ?? '';
  return configured === '' ? './planb.yaml' : configured;
}
