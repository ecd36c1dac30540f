import type { ChatCommand } from './command.js';

/** The commands that a person can type; buttons, platform events and what is merely said are none. */
export type TypedCommand = Exclude<ChatCommand, { readonly kind: 'press' | 'chat-moved' | 'unparsed' | 'said' | 'concern' | 'alert' }>;

/** The text that parses back to the same command, without the slash and the command's name. */
export function formatCommand(command: TypedCommand): string {
  switch (command.kind) {
    case 'form':
      return '';
    case 'request':
      return formatRequest(command);
    case 'vote':
      return withReason([command.choice, command.run, ...codeOf(command)], command.reason);
    case 'answer':
      return withReason([command.answer, command.run, ...codeOf(command)], command.reason);
    case 'break-glass':
      return withReason([command.kind, command.run, ...codeOf(command)], command.reason);
    case 'word':
      return withReason([command.word, ...codeOf(command)], command.reason);
    case 'status':
      return ['status', ...(command.run === undefined ? [] : [command.run])].join(' ');
    case 'history':
      return ['history', ...(command.target === undefined ? [] : [command.target])].join(' ');
    case 'backups':
    case 'unhold':
      return `${command.kind} ${command.target}`;
    case 'note':
      return `note ${command.run} ${quoteWhereNeeded(command.text)}`;
    case 'targets':
    case 'whoami':
    case 'help':
      return command.kind;
    default:
      return command satisfies never;
  }
}

function codeOf({ code }: { readonly code?: string }): readonly string[] {
  return code === undefined ? [] : [code];
}

function formatRequest(command: Extract<ChatCommand, { kind: 'request' }>): string {
  const { run, target, to, scope, params = {}, reason, runbook } = command;
  const verb = run === 'rollback' ? [] : [run === 'migration' ? 'migrate' : run];
  return withReason(
    [
      ...(runbook === undefined ? [...verb, target] : ['run', target, runbook]),
      ...(to === undefined ? [] : ['to', to]),
      ...(scope === undefined ? [] : ['for', scope]),
      ...Object.entries(params).flatMap(([name, value]) => ['with', `${name}=${value}`]),
    ],
    reason,
  );
}

function withReason(words: readonly string[], reason: string | undefined): string {
  return [...words, ...(reason === undefined ? [] : ['because', quoteWhereNeeded(reason)])].join(' ');
}

/** A text that is quoted itself would lose its quotes when it is read. */
function quoteWhereNeeded(text: string): string {
  return unquote(text) === text ? text : `"${text}"`;
}

const quotePairs: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  // What phones make of straight quotes.
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
];

/** Takes one pair of quotes off a text that is wholly in quotes. */
export function unquote(text: string): string {
  const quoted = text.length >= 2 && quotePairs.some(([open, close]) => text.startsWith(open) && text.endsWith(close));
  return quoted ? text.slice(1, -1).trim() : text;
}
