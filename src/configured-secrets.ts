import type { Config } from './config.js';
import { findReferences, resolveReferences, type ReferenceReader } from './config/secret-reference.js';
import type { Json } from './plan/plan.js';
import type { Secret } from './secret/mask.js';

/** Every secret that planb.yaml refers to and that is there on this machine, under the reference's own name. */
export function configuredSecrets(config: Config, read: ReferenceReader): readonly Secret[] {
  const places: readonly Json[] = [
    ...Object.values(config.targets).flatMap((target) => [target.with, target.secrets]),
    ...Object.values(config.people).flatMap((person) => person.totp ?? []),
  ];
  return places.flatMap((place) => findReferences(place)).flatMap(({ text, reference }) => {
    const resolved = resolveReferences(text, read);
    if (!resolved.ok || typeof resolved.value !== 'string') return [];
    return [{ name: reference.kind === 'env' ? reference.name : reference.path, value: resolved.value }];
  });
}
