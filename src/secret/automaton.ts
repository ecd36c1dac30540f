/** A pattern that ends at a place in the text. */
export interface Match {
  readonly length: number;
  readonly name: string;
}

/**
 * Finds many patterns in one pass over a text (Aho-Corasick), a UTF-16 unit at a time: the cost grows with the text,
 * not with the number of patterns.
 */
export interface Automaton {
  readonly start: number;
  next(state: number, unit: number): number;
  /** How many of the last units may be the beginning of a pattern: all before them is settled. */
  pending(state: number): number;
  /** The longest pattern that ends here. */
  match(state: number): Match | undefined;
}

/** A state is the beginning of some pattern; the start is the empty one. */
const START = 0;
const NONE = -1;

/** `patterns`: text to the name of the secret that it betrays. */
export function buildAutomaton(patterns: ReadonlyMap<string, string>): Automaton {
  const size = [...patterns.keys()].reduce((sum, pattern) => sum + pattern.length, 1);
  // Nearly every state of a long key has one way on, so that one lies in arrays and only further ones in a map:
  // 16 bytes a state, where a full table would need hundreds.
  const unitOf = new Int32Array(size).fill(NONE);
  const childOf = new Int32Array(size);
  const further = new Map<number, Map<number, number>>();
  const fromStart = new Int32Array(65_536);
  const depth = new Int32Array(size);
  const fallback = new Int32Array(size);
  const matches = new Map<number, Match>();
  let states = 1;

  const child = (state: number, unit: number): number => {
    if (state === START) return fromStart[unit] ?? START;
    if (unitOf[state] === unit) return childOf[state] ?? START;
    return further.get(state)?.get(unit) ?? START;
  };
  const addChild = (state: number, unit: number): number => {
    const added = states++;
    depth[added] = (depth[state] ?? 0) + 1;
    if (state === START) fromStart[unit] = added;
    if (unitOf[state] === NONE) {
      unitOf[state] = unit;
      childOf[state] = added;
    } else {
      const others = further.get(state) ?? new Map<number, number>();
      further.set(state, others.set(unit, added));
    }
    return added;
  };
  const next = (from: number, unit: number): number => {
    for (let state = from; ; state = fallback[state] ?? START) {
      const to = child(state, unit);
      if (to !== START || state === START) return to;
    }
  };

  for (const [pattern, name] of patterns) {
    let state = START;
    for (let index = 0; index < pattern.length; index += 1) {
      const unit = pattern.charCodeAt(index);
      const known = child(state, unit);
      state = known === START ? addChild(state, unit) : known;
    }
    if (state !== START) matches.set(state, { length: pattern.length, name });
  }

  // Breadth first: a fallback is shorter than its state, so it is complete when it is asked for.
  const queue = [START];
  for (const state of queue) {
    const inherited = matches.get(fallback[state] ?? START);
    if (inherited !== undefined && !matches.has(state)) matches.set(state, inherited);
    const ways: [number, number][] = [[unitOf[state] ?? NONE, childOf[state] ?? START], ...(further.get(state) ?? [])];
    for (const [unit, to] of ways) {
      if (to === START) continue;
      fallback[to] = state === START ? START : next(fallback[state] ?? START, unit);
      queue.push(to);
    }
  }

  return { start: START, next, pending: (state) => depth[state] ?? 0, match: (state) => matches.get(state) };
}
