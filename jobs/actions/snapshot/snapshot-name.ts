import { createHash } from 'node:crypto';

/**
 * One name for all attempts of a step, so that the probe after a crash finds it. As RDS wants it: letters, digits and single hyphens, a letter first, no hyphen last. The hash keeps apart what
 * looks alike without its other characters.
 */
export function snapshotName(run: string, step: string, instance: string): string {
  const plain = `${run}-${step}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 100).replace(/-$/, '');
  const hash = createHash('sha256').update([run, step, instance].join('\0')).digest('hex').slice(0, 8);
  return ['planb', plain, hash].filter((part) => part !== '').join('-');
}
