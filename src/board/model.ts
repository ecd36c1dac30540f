import type { PersonId } from '../person.js';

/** A run of text as every platform can show it. Adapters escape; nothing here is markup. */
export type Span =
  | string
  | { readonly bold: string }
  | { readonly code: string }
  | { readonly person: PersonId }
  | { readonly link: string; readonly url: string };

export type Line = readonly Span[];

/** The words of the buttons are part of the interface; the label comes translated. */
export type ButtonAction =
  | 'approve' | 'reject' | 'details'
  | 'stop' | 'plan-again'
  | 'retry' | 'skip' | 'waive' | 'here' | 'bring-back' | 'accept-loss'
  | 'it-was-done'
  | 'done' | 'failed';

export interface Button {
  readonly action: ButtonAction;
  readonly label: string;
  /** Opaque, at most 40 ASCII characters, stored with what it means. */
  readonly id: string;
  readonly style: 'primary' | 'danger' | 'plain';
  /** A question to confirm first, where the platform can ask (Slack's modal). Repeats the loss. */
  readonly confirm?: { readonly title: string; readonly text: string; readonly yes: string; readonly no: string };
}

export type TaskStatus = 'pending' | 'running' | 'waiting' | 'done' | 'failed' | 'unknown' | 'skipped' | 'cancelled';

/** A line of the checklist. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
  /** The status in words ("running since 03:14:05 UTC", "done in 12 s", "skipped by Alice"): colour and emoji only help. */
  readonly note: string;
}

/** One labelled fact line: NOW, VERDICT, LOST, VOTES, … `label` may be empty for a plain line. */
export interface Field {
  readonly label: string;
  readonly text: Line;
  /** Where text must be shortened, the lower goes first. 3 is never dropped. */
  readonly weight: 1 | 2 | 3;
}

/** What one board shows; the same for every platform. Order of the fields is the order of a tired person's questions. */
export interface BoardModel {
  readonly run: string;
  readonly locale: 'en' | 'ru';
  readonly tone: 'planning' | 'waiting' | 'running' | 'question' | 'good' | 'bad' | 'ended';
  /** Plain text, at most 150 characters. */
  readonly title: string;
  readonly fields: readonly Field[];
  readonly tasks: readonly Task[];
  readonly tasksTitle: string;
  readonly buttons: readonly Button[];
  /** Final states, questions and approvals overtake progress under rate limits. */
  readonly urgent: boolean;
}

/** A short new message that wakes people (an edit notifies nobody). */
export interface Notice {
  readonly locale: 'en' | 'ru';
  readonly lines: readonly Line[];
  /** People mentioned so that their phones ring. */
  readonly mention: readonly PersonId[];
}

/** The answer to one command, for its sender alone where the platform can do that. */
export interface Reply {
  readonly lines: readonly Line[];
  /** Preformatted text below the lines (YAML to paste, a list). */
  readonly block?: string;
}

/** What Details posts to the thread: exact commands, facts, receipts. Long content goes up as a file. */
export interface Details {
  readonly title: string;
  readonly sections: readonly { readonly heading: string; readonly lines: readonly Line[]; readonly block?: string }[];
}
