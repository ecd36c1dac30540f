/** Variables of a `.env` file, with the line that sets each (the last one counts). */
export type EnvFile = ReadonlyMap<string, { readonly value: string; readonly line: number }>;

/** Reads what compose reads from `.env`: `NAME=value`, quoted or not, comments, `export`. */
export function parseEnvFile(text: string): EnvFile {
  const found = new Map<string, { value: string; line: number }>();
  text.split('\n').forEach((raw, index) => {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(raw);
    if (match === null) return;
    const [, name = '', rest = ''] = match;
    const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(rest);
    found.set(name, { value: quoted?.[2] ?? rest.replace(/\s+#.*$/, ''), line: index + 1 });
  });
  return found;
}

/** A text with compose's variables put in, and the names of those that `.env` gave. */
export interface Interpolated {
  readonly text: string;
  readonly from: readonly string[];
}

const variable = /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])([^}]*))?\})/g;

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}`; `$$` is a dollar. Nested defaults are left as they stand. */
export function interpolate(text: string, env: EnvFile): Interpolated {
  const from: string[] = [];
  const filled = text.replaceAll(variable, (...[, plain, braced, operator, rest = '']: readonly (string | undefined)[]) => {
    const name = plain ?? braced;
    if (name === undefined) return '$';
    const value = env.get(name)?.value;
    const given = value !== undefined && !(operator?.startsWith(':') === true && value === '');
    if (operator?.endsWith('+') === true) return given ? rest : '';
    if (!given) return operator?.endsWith('-') === true ? rest : '';
    from.push(name);
    return value;
  });
  return { text: filled, from };
}
