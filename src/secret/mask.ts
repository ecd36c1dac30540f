import { buildAutomaton, type Automaton } from './automaton.js';
import { variantsOf } from './variants.js';

/** A configured secret: the name stands in for the value wherever that appears. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** Masks a text that arrives in pieces. */
export interface MaskStream {
  /** The masked text that is settled by now. At most the length of the longest secret's longest form is held back. */
  push(chunk: string): string;
  /** The rest. The stream may then be used for another text. */
  end(): string;
}

/** Replaces every configured secret by `***NAME***`, also where it was encoded as base64, for a URL or for JSON. */
export interface Masker {
  mask(text: string): string;
  stream(): MaskStream;
}

/** Fewer characters would be found in ordinary text, and masking would tell more than it hides. */
export const SHORTEST_SECRET = 4;

/** Why planb will not use this secret, as one sentence, or null when it can mask it. Configuration is refused with it. */
export function refuseSecret(secret: Secret): string | null {
  if (secret.value.length >= SHORTEST_SECRET) return null;
  const length = secret.value.length === 0 ? 'is empty' : `has ${secret.value.length} characters`;
  return `The secret ${secret.name} ${length}: planb masks secrets in all output, so each needs at least ${SHORTEST_SECRET}.`;
}

/**
 * Makes the masker of these secrets. Costs time and memory in proportion to their length, so make it once.
 *
 * @throws RangeError for a secret that `refuseSecret` refuses
 */
export function createMasker(secrets: readonly Secret[]): Masker {
  const patterns = new Map<string, string>();
  for (const secret of secrets) {
    const refusal = refuseSecret(secret);
    if (refusal !== null) throw new RangeError(refusal);
    for (const variant of variantsOf(secret.value)) {
      if (!patterns.has(variant)) patterns.set(variant, secret.name);
    }
  }
  if (patterns.size === 0) return { mask: (text) => text, stream: () => ({ push: (chunk) => chunk, end: () => '' }) };
  const automaton = buildAutomaton(patterns);
  return {
    mask: (text) => {
      const stream = createStream(automaton);
      return stream.push(text) + stream.end();
    },
    stream: () => createStream(automaton),
  };
}

/** Part of the text that some secret covers: [from, to), named after the longest pattern in it. */
interface Covered {
  from: number;
  to: number;
  name: string;
  longest: number;
}

function createStream(automaton: Automaton): MaskStream {
  let state = automaton.start;
  /** Text that is not settled; positions count from its beginning. */
  let held = '';
  /** Ordered and apart from each other. */
  let covered: Covered[] = [];

  const settle = (until: number): string => {
    let out = '';
    let position = 0;
    while (covered[0] !== undefined && covered[0].from < until) {
      const cover = covered[0];
      out += held.slice(position, cover.from);
      position = Math.min(cover.to, until);
      // A cover that reaches beyond the settled text may still grow; what is covered is dropped, never printed.
      if (cover.to > until) break;
      out += `***${cover.name}***`;
      covered.shift();
    }
    out += held.slice(position, until);
    held = held.slice(until);
    for (const cover of covered) {
      cover.from = Math.max(cover.from - until, 0);
      cover.to -= until;
    }
    return out;
  };

  return {
    push: (chunk) => {
      const base = held.length;
      held += chunk;
      for (let index = base; index < held.length; index += 1) {
        state = automaton.next(state, held.charCodeAt(index));
        const match = automaton.match(state);
        if (match !== undefined) cover(covered, index + 1 - match.length, index + 1, match.name);
      }
      return settle(held.length - automaton.pending(state));
    },
    end: () => {
      const rest = settle(held.length);
      state = automaton.start;
      held = '';
      covered = [];
      return rest;
    },
  };
}

/** Adds [from, to) and joins what it touches, so that no end of an overlapped secret stays readable. */
function cover(covered: Covered[], from: number, to: number, name: string): void {
  const added: Covered = { from, to, name, longest: to - from };
  for (let last = covered.at(-1); last !== undefined && last.to > from; last = covered.at(-1)) {
    if (last.longest > added.longest) Object.assign(added, { name: last.name, longest: last.longest });
    added.from = Math.min(added.from, last.from);
    covered.pop();
  }
  covered.push(added);
}
