import { nearestWord } from '../nearest-word.js';
import { takeWord } from './clean-text.js';
import type { ChatCommand, RunKind, Scope } from './command.js';
import { unquote } from './format.js';
import { misunderstood, type Misunderstood } from './parse-options.js';
import { idPattern, isReleaseName, joiningWords, parameterPattern, scopeWords } from './words.js';

export type RequestVerb = 'rollback' | 'preflight' | 'verify' | 'repair' | 'upgrade' | 'migrate' | 'run';

const tail = '[to <release>] [for app|migration|performance|security|other] [with <name>=<value>] [because <reason>]';
const releaseExpected = 'to <release>: at most 128 letters, digits and . _ + @ : / -, beginning with a letter or digit';

/** `<target> [to …] [for …] [with …] [because …]` behind a verb or none; `because` takes the rest, the others come in any order. */
export function parseRequest(verb: RequestVerb | undefined, text: string): ChatCommand | Misunderstood {
  const usage = [...(verb === undefined ? [] : [verb]), '<target>', ...(verb === 'run' ? ['<runbook>'] : []), tail].join(' ');
  const first = takeWord(text);
  const target = first.word.toLowerCase();
  if (!idPattern.test(target)) return misunderstood('malformed-command', usage);
  if (verb !== 'run') return parseTail(text, first.rest, { run: kindOf(verb), target }, usage);

  const second = takeWord(first.rest);
  const runbook = second.word.toLowerCase();
  if (!idPattern.test(runbook)) return misunderstood('malformed-command', usage);
  // The kind is the runbook's own, which only planning reads.
  return parseTail(text, second.rest, { run: isKind(runbook) ? runbook : 'rollback', target, runbook }, usage);
}

interface Asked {
  readonly run: RunKind;
  readonly target: string;
  readonly runbook?: string;
}

function parseTail(whole: string, text: string, asked: Asked, usage: string): ChatCommand | Misunderstood {
  let to: string | undefined;
  let scope: Scope | undefined;
  let params: Readonly<Record<string, string>> = {};
  let rest = text;
  while (rest !== '') {
    const joining = takeWord(rest);
    const word = joining.word.toLowerCase();
    if (word === 'because') {
      const reason = unquote(joining.rest);
      return reason === '' ? misunderstood('malformed-command', `${asked.target} because <reason>`) : build(asked, { to, scope, params, reason });
    }
    const value = takeWord(joining.rest);
    if (word === 'to' && to === undefined) {
      if (!isReleaseName(value.word)) return misunderstood('malformed-command', `${asked.target} ${releaseExpected}`);
      to = value.word;
    } else if (word === 'for' && scope === undefined) {
      const said = value.word.toLowerCase();
      scope = scopeWords.find((known) => known === said);
      if (scope === undefined) return misunderstood('malformed-command', `${asked.target} for ${scopeWords.join('|')}`, nearestWord(said, scopeWords));
    } else if (word === 'with') {
      const [, name, given] = parameterPattern.exec(value.word) ?? [];
      if (name === undefined || given === undefined || Object.hasOwn(params, name)) return misunderstood('malformed-command', `${asked.target} with <name>=<value>, each name once`);
      params = { ...params, [name]: given };
    } else {
      return leftOver(whole, joining.word, rest, to, usage);
    }
    rest = value.rest;
  }
  return build(asked, { to, scope, params, reason: undefined });
}

/** A word that joins nothing. "litellm 1.81.14" evidently misses its "to". */
function leftOver(whole: string, word: string, rest: string, to: string | undefined, usage: string): Misunderstood {
  const nearest = nearestWord(word, joiningWords);
  if (nearest !== undefined) return misunderstood('malformed-command', usage, nearest);
  if (to !== undefined || !/\d/.test(word) || !isReleaseName(word)) return misunderstood('malformed-command', usage);
  return misunderstood('malformed-command', `${whole.slice(0, whole.length - rest.length).trim()} to ${word}`);
}

interface Tail {
  readonly to: string | undefined;
  readonly scope: Scope | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly reason: string | undefined;
}

function build({ run, target, runbook }: Asked, { to, scope, params, reason }: Tail): ChatCommand {
  return {
    kind: 'request',
    run,
    target,
    ...(to === undefined ? {} : { to }),
    ...(scope === undefined ? {} : { scope }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
    ...(reason === undefined ? {} : { reason }),
    ...(runbook === undefined ? {} : { runbook }),
  };
}

function kindOf(verb: Exclude<RequestVerb, 'run'> | undefined): RunKind {
  return verb === undefined ? 'rollback' : verb === 'migrate' ? 'migration' : verb;
}

function isKind(word: string): word is RunKind {
  return ['rollback', 'repair', 'upgrade', 'migration', 'preflight', 'verify'].includes(word);
}
