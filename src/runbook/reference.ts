/** What `runbook:` in planb.yaml means: one of the built-in runbooks, or a file, its path relative to planb.yaml. */
export type RunbookReference = { readonly kind: 'built-in'; readonly name: string } | { readonly kind: 'file'; readonly path: string };

/** A bare word is a built-in's name; anything with a slash or an ending is a path. */
export function parseRunbookReference(text: string): RunbookReference {
  return /^[a-z0-9][a-z0-9-]*$/.test(text) ? { kind: 'built-in', name: text } : { kind: 'file', path: text };
}
