import { createMasker, refuseSecret, type Masker, type Secret } from './mask.js';

/** A masker that is told of further secrets while planb runs: those that only a runbook names, and those that were changed. */
export interface LearningMasker extends Masker {
  /** From now on masked; a stream that was begun before goes on without it. One that `refuseSecret` refuses is left out. */
  learn(secret: Secret): void;
}

/** @throws RangeError for a secret that `refuseSecret` refuses */
export function createLearningMasker(secrets: readonly Secret[]): LearningMasker {
  const known = [...secrets];
  const values = new Set(known.map(({ value }) => value));
  let masker = createMasker(known);
  return {
    mask: (text) => masker.mask(text),
    stream: () => masker.stream(),
    learn: (secret) => {
      if (values.has(secret.value) || refuseSecret(secret) !== null) return;
      values.add(secret.value);
      known.push(secret);
      masker = createMasker(known);
    },
  };
}
