import type { Locale } from '../config.js';
import type { PersonId } from '../person.js';
import type { ReasonCode, Refusal } from '../refusal.js';
import { cleanReply, cleanText } from './clean.js';
import { languageOf } from './language.js';
import type { Line, Reply } from './model.js';
import { enRefusals } from './text/en/refusals.js';
import { ruRefusals } from './text/ru/refusals.js';

/**
 * The words that a sentence may use. Every key may be absent: the sentence then says less, never nothing. By key, what `Refusal.details` should hold:
 *
 * - `run`, `target`, `runbook`, `release`, `running`, `step`, `parameter`: ids and names as people type them
 * - `text`: what was typed; `nearest`: the nearest right word; `expected`: the right form
 * - `targets`, `runbooks`, `releases`, `parameters`, `answers`: choices, joined by ", "
 * - `person`, `holder`, `requester`: person ids, shown as names; `voters`, `requesters`: person ids joined by ", ", shown as names
 * - `since`, `until`: instants as ISO 8601, shown as HH:MM UTC
 * - `link`: an address that opens the run's board
 * - `outcome`: a RunOutcome; `given`, `needed`: votes; `differences`: what drifted, in words
 * - `words`: the command's words before the run
 * - `name`, `platform`, `userId`: the sender as the platform knows him
 *
 * | code | keys |
 * |---|---|
 * | unknown-command, malformed-command | text, nearest, expected |
 * | unknown-target | target, nearest, targets |
 * | unknown-run | run |
 * | unknown-runbook | runbook, target, nearest, runbooks |
 * | unknown-release | release, target, nearest, releases |
 * | malformed-release | release |
 * | release-is-running | release, target |
 * | no-known-good-release | target |
 * | unknown-parameter, missing-parameter | parameter, runbook, nearest, parameters |
 * | target-locked | target, run, holder, since, link |
 * | not-a-person | name, platform, userId |
 * | not-a-requester | target, requesters |
 * | not-a-voter, may-not-break-glass | voters |
 * | second-factor-needed | run, words |
 * | reason-needed | run |
 * | already-voted | run, since |
 * | quorum-not-reached | given, needed |
 * | answer-does-not-fit | run, step, answers |
 * | not-done-yet | run, step, saw |
 * | second-person-needed | step |
 * | run-ended | run, outcome |
 * | step-not-ready, step-already-started, attempt-outdated, destructive-runs-alone, backup-not-proven | step |
 * | not-held | target |
 * | kept-until | run, until |
 * | the others | run, or nothing |
 */
export type RefusalWords = Readonly<Partial<Record<RefusalKey, string>>> & {
  /** The chat command with its slash. */
  readonly command: string;
};

export type RefusalKey =
  | 'run' | 'target' | 'runbook' | 'release' | 'running' | 'step' | 'parameter' | 'text' | 'nearest' | 'expected'
  | 'targets' | 'runbooks' | 'releases' | 'parameters' | 'answers' | 'person' | 'holder' | 'requester' | 'voters' | 'requesters'
  | 'since' | 'until' | 'link' | 'outcome' | 'given' | 'needed' | 'differences' | 'name' | 'platform' | 'userId' | 'saw' | 'words';

/** One sentence (and the next thing to do) for every reason. A reason without one does not compile. */
export type RefusalSentences = Record<ReasonCode, (words: RefusalWords) => string>;

export interface RefusalView {
  readonly locale: Locale;
  /** Milliseconds since the epoch; decides whether a time needs its date. */
  readonly now: number;
  readonly people: (id: PersonId) => string;
  /** The chat command with its slash, as configured. */
  readonly command: string;
}

const sentences = { en: enRefusals, ru: ruRefusals } satisfies Record<Locale, RefusalSentences>;

/** Why not, and what to do instead, in one clear sentence or two; plain text. */
export function refusalSentence(refusal: Refusal, view: RefusalView): string {
  return cleanText(sentences[view.locale][refusal.code](readable(refusal.details, view)));
}

/** The same as an answer, with a link to the run that is in the way where there is one. */
export function refusalReply(refusal: Refusal, view: RefusalView): Reply {
  const { link } = refusal.details;
  const lines: readonly Line[] = [
    [refusalSentence(refusal, view)],
    ...(link === undefined ? [] : [[{ link: languageOf(view.locale).words.replies.seeBoard, url: link }]]),
  ];
  return cleanReply({ lines });
}

function readable(details: Readonly<Record<string, string>>, view: RefusalView): RefusalWords {
  const { format, words } = languageOf(view.locale);
  const names = (list: string): string => format.anyOf(list.split(',').map((id) => view.people(id.trim())));
  const shown = Object.entries(details).map(([key, value]): readonly [string, string] => {
    switch (key) {
      case 'person':
      case 'holder':
      case 'requester':
        return [key, view.people(value)];
      case 'voters':
      case 'requesters':
        return [key, value === '' ? '' : names(value)];
      case 'since':
      case 'until':
        return [key, Number.isNaN(Date.parse(value)) ? value : format.time(Date.parse(value), view.now)];
      case 'outcome':
        return [key, isOutcome(value, words.details.outcomes) ? words.details.outcomes[value] : value];
      default:
        return [key, value];
    }
  });
  // An empty detail says nothing, so the sentence is to be the one without it.
  return { ...Object.fromEntries(shown.filter(([, value]) => value !== '')), command: view.command };
}

/** Whether a code is one of the closed list, and so has a sentence. */
export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(enRefusals, code);
}

function isOutcome<T extends object>(value: string, outcomes: T): value is string & keyof T {
  return Object.hasOwn(outcomes, value);
}
