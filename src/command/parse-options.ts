/** What the parser needs to know of planb.yaml. */
export interface ParseOptions {
  /** The command's name without its slash, for what was expected. */
  readonly command: string;
  /** The targets, where they are known: then "staus" is a slip of the pen, not a target. */
  readonly targets?: readonly string[];
}

/** Why a text is no command, before it is put in the words of an answer. */
export interface Misunderstood {
  readonly misunderstood: {
    readonly why: 'unknown-command' | 'malformed-command';
    /** What it should have looked like, without the command's name. */
    readonly expected?: string;
    readonly nearest?: string;
  };
}

export function misunderstood(why: 'unknown-command' | 'malformed-command', expected?: string, nearest?: string): Misunderstood {
  return { misunderstood: { why, ...(expected === undefined ? {} : { expected }), ...(nearest === undefined ? {} : { nearest }) } };
}
