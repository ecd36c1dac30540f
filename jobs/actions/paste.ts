/** `${env:NAME}` and `${file:PATH}`, the two forms of a secret reference. */
const reference = /\$\{(env|file):([^}]+)\}/g;

/**
 * One line that a person can paste into a shell and that does what the argument array does. Secret references become the shell's own:
 * `$NAME` and `$(cat PATH)`.
 */
export function paste(program: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`);
  return [...assignments, ...program.map(quote)].join(' ');
}

function quote(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  if (!argument.match(reference)) return `'${argument.replaceAll("'", `'\\''`)}'`;
  const parts: string[] = [];
  let from = 0;
  for (const match of argument.matchAll(reference)) {
    parts.push(escape(argument.slice(from, match.index)));
    parts.push(match[1] === 'env' ? `\${${match[2] ?? ''}}` : `$(cat ${quote(match[2] ?? '')})`);
    from = match.index + match[0].length;
  }
  return `"${parts.join('')}${escape(argument.slice(from))}"`;
}

/** For inside double quotes. */
function escape(text: string): string {
  return text.replaceAll(/[\\"$`]/g, '\\$&');
}
