/** Module hooks of a planb under test: of each module named here one export is wrapped, and its callers are given the wrapped one. */

/** What is exported under which name, by the module's address. */
let places = new Map();

export function initialize(given) {
  places = new Map(given);
}

export async function load(url, context, nextLoad) {
  const name = places.get(url);
  if (name === undefined) return nextLoad(url, context);
  const own = JSON.stringify(`${url}?own`);
  // A name that the module itself exports goes before the same one of `export *`.
  const source = `export * from ${own};
import { ${name} as own } from ${own};
export const ${name} = globalThis[Symbol.for('planb.chaos')].${name}(own);
`;
  return { format: 'module', source, shortCircuit: true };
}
