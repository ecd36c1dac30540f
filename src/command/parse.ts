import { codePattern, takeCode } from './code.js';
import { nearestWord } from '../nearest-word.js';
import { cleanText, takeWord } from './clean-text.js';
import type { Answer, ChatCommand } from './command.js';
import { unquote } from './format.js';
import { parseRequest } from './parse-request.js';
import { misunderstood, type Misunderstood, type ParseOptions } from './parse-options.js';
import { answerWords, commandWords, idPattern, runPattern } from './words.js';

/**
 * Understands what stands behind the command's name. Forgiving about capitals and blanks, strict about everything else: what is not understood
 * comes back as `unparsed` with what was expected. Never throws, whatever the text.
 */
export function parseCommand(text: string, options: ParseOptions): ChatCommand {
  const said = cleanText(text);
  const parsed = parseVerb(said, options);
  if (!('misunderstood' in parsed)) return parsed;
  const { why, nearest, expected } = parsed.misunderstood;
  return { kind: 'unparsed', text: said, why, ...(nearest === undefined ? {} : { nearest }), ...(expected === undefined ? {} : { expected: `/${options.command} ${expected}`.trim() }) };
}

type Parsed = ChatCommand | Misunderstood;

function parseVerb(said: string, options: ParseOptions): Parsed {
  const { word, rest } = takeWord(said);
  const verb = word.toLowerCase();
  switch (verb) {
    case '':
      return said === '' ? { kind: 'form' } : misunderstood('unknown-command');
    case 'form':
    case 'targets':
    case 'whoami':
      return rest === '' ? { kind: verb } : misunderstood('malformed-command', verb === 'form' ? '' : verb);
    case 'help':
      return { kind: 'help' };
    case 'status':
      return rest === '' ? { kind: 'status' } : withOnly(rest, runOf, 'status [run]', (run) => ({ kind: 'status', run }));
    case 'history':
      return rest === '' ? { kind: 'history' } : withOnly(rest, targetOf, 'history [target]', (target) => ({ kind: 'history', target }));
    case 'backups':
    case 'unhold':
      return withOnly(rest, targetOf, `${verb} <target>`, (target) => ({ kind: verb, target }));
    case 'note':
      return parseNote(rest);
    case 'approve':
    case 'reject':
    case 'retry':
    case 'skip':
    case 'done':
    case 'failed':
    case 'waive':
    case 'here':
    case 'stop':
    case 'break-glass':
      return parseVoteOrAnswer(verb, rest);
    case 'rollback':
    case 'preflight':
    case 'verify':
    case 'repair':
    case 'upgrade':
    case 'migrate':
    case 'run':
      return parseRequest(verb, rest);
    default:
      return parseBareRequest(verb, said, options);
  }
}

/** A target's name alone asks for its rollback. What fits no target's request and looks like a command is taken for a slip of the pen. */
function parseBareRequest(verb: string, said: string, options: ParseOptions): Parsed {
  const request = parseRequest(undefined, said);
  const isRequest = !('misunderstood' in request);
  const targets = options.targets ?? [];
  const nearest = targets.includes(verb) ? undefined : nearestWord(verb, [...targets, ...commandWords]);
  const isCommand = nearest !== undefined && commandWords.includes(nearest);
  if (isCommand && (!isRequest || options.targets !== undefined)) return misunderstood('unknown-command', undefined, nearest);
  if (!isRequest && !idPattern.test(verb)) return misunderstood('unknown-command', 'help');
  return request;
}

function parseVoteOrAnswer(verb: 'approve' | 'reject' | 'break-glass' | Answer, rest: string): Parsed {
  const first = takeWord(rest);
  // Without a run it is a word about the run of the place where it was said. A run is never six digits alone: planb's ids are five characters.
  const word = codePattern.test(first.word) ? '' : first.word;
  const afterRun = word === '' ? rest : first.rest;
  if (word === '' && afterRun === '') return { kind: 'word', word: verb };
  const bare = word === '' || word.toLowerCase() === 'because';
  const run = bare ? undefined : runOf(word);
  if (!bare && run === undefined) return misunderstood('malformed-command', `${verb} <run> [reason]`);
  const { code, text } = takeCode(bare ? rest : afterRun);
  const reason = reasonOf(text);
  if (reason === undefined && text !== '') return misunderstood('malformed-command', `${verb} <run> [reason]`);
  const said = { ...(reason === undefined ? {} : { reason }), ...(code === undefined ? {} : { code }) };
  if (run === undefined) return { kind: 'word', word: verb, ...said };
  if (verb === 'break-glass') return { kind: 'break-glass', run, ...said };
  return isAnswer(verb) ? { kind: 'answer', run, answer: verb, ...said } : { kind: 'vote', run, choice: verb, ...said };
}

function parseNote(rest: string): Parsed {
  const { word, rest: text } = takeWord(rest);
  const run = runOf(word);
  const note = unquote(text);
  return run === undefined || note === '' ? misunderstood('malformed-command', 'note <run> <text>') : { kind: 'note', run, text: note };
}

function withOnly(rest: string, read: (word: string) => string | undefined, expected: string, build: (value: string) => ChatCommand): Parsed {
  const { word, rest: more } = takeWord(rest);
  const value = read(word);
  return value === undefined || more !== '' ? misunderstood('malformed-command', expected) : build(value);
}

/** The reason that a text gives, with or without its "because"; undefined where nothing is left. */
function reasonOf(text: string): string | undefined {
  const reason = unquote(text.replace(/^because(?=\s|$)\s*/iu, ''));
  return reason === '' ? undefined : reason;
}

function runOf(word: string): string | undefined {
  const run = word.toUpperCase();
  return runPattern.test(run) ? run : undefined;
}

function targetOf(word: string): string | undefined {
  const target = word.toLowerCase();
  return idPattern.test(target) ? target : undefined;
}

function isAnswer(word: 'approve' | 'reject' | Answer): word is Answer {
  return answerWords.some((answer) => answer === word);
}
