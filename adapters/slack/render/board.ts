import type { ActionsBlock, Button as SlackButton, KnownBlock } from '@slack/types';
import type { BoardModel, Button, Field, Line } from '../../../src/board/model.js';
import type { Mentions, ShownBoard } from '../../../src/ports/chat.js';
import { wordsOf } from '../words.js';
import { checklistBlock, taskLine, type ChecklistStyle } from './checklist.js';
import { cleanLine, cleanText, escapeMrkdwn, shorten } from './clean-text.js';
import { fitBoard } from './fit-board.js';
import { rawLine } from './mrkdwn.js';
import { richBlock, richLines } from './rich-text.js';

/**
 * Slack answers `msg_blocks_too_long` at about 13,000 characters. What exactly it counts is not published, so this counts the
 * whole JSON, which is the most that it can be.
 */
export const MAX_BLOCKS_CHARACTERS = 12_500;
const MAX_TEXT = 3000;
const HEADER_MAX = 150;

/** Marks every button of a board, so that a press is told from the form's own controls. */
export const BUTTON_PREFIX = 'planb:button:';

const SIGN: Readonly<Record<BoardModel['tone'], string>> = {
  planning: '🔎',
  waiting: '🗳️',
  running: '▶️',
  question: '❓',
  good: '✅',
  bad: '❌',
  ended: '⏹️',
};

export interface BoardRendering {
  readonly mentions: Mentions;
  readonly checklist: ChecklistStyle;
  /** New for every edit: Slack wants new block ids then (facts.md). At most 200 characters. */
  readonly revision: string;
  readonly maxCharacters?: number;
}

export interface SlackContent {
  /** Notifications and screen readers. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** A board within Slack's limits: one header, the fields, the checklist, the buttons. */
export function renderBoard(board: BoardModel, rendering: BoardRendering): SlackContent & ShownBoard {
  const max = rendering.maxCharacters ?? MAX_BLOCKS_CHARACTERS;
  const fitted = fitBoard(board, (shorter, shortened) => JSON.stringify(blocksOf(shorter, shortened, rendering)).length <= max);
  return { text: textOf(fitted.board, rendering.mentions), blocks: blocksOf(fitted.board, fitted.shortened, rendering), shortened: fitted.shortened };
}

function blocksOf(board: BoardModel, shortened: boolean, rendering: BoardRendering): KnownBlock[] {
  const id = (part: string): string => `${rendering.revision}:${part}`;
  const fields = richLines(board.fields.map(fieldLine), rendering.mentions);
  const blocks: (KnownBlock | undefined)[] = [
    { type: 'header', block_id: id('title'), text: { type: 'plain_text', text: titleOf(board), emoji: false } },
    richBlock([fields], id('fields')),
    checklistBlock(board, rendering.checklist, id('steps')),
    shortened
      ? { type: 'context', block_id: id('note'), elements: [{ type: 'plain_text', text: wordsOf(board.locale).shortened, emoji: false }] }
      : undefined,
    actionsBlock(board.buttons, id('buttons')),
  ];
  return blocks.filter((block) => block !== undefined);
}

function titleOf(board: BoardModel): string {
  return shorten(`${SIGN[board.tone]} ${cleanLine(board.title) || board.run}`, HEADER_MAX);
}

/** Labels are bold; the two spaces keep them apart from the text where bold is not shown. */
function fieldLine(field: Field): Line {
  return field.label === '' ? field.text : [{ bold: field.label }, '  ', ...field.text];
}

function actionsBlock(buttons: readonly Button[], blockId: string): ActionsBlock | undefined {
  return buttons.length === 0 ? undefined : { type: 'actions', block_id: blockId, elements: buttons.map(buttonElement) };
}

/**
 * Slack's confirm object is the modal that repeats a loss. It is chosen over a modal of our own because it needs no answer from
 * planb within 3 s, so that it asks even while planb is slow, and a press arrives only after Yes.
 */
function buttonElement(button: Button, index: number): SlackButton {
  const { confirm } = button;
  const style = button.style === 'plain' ? undefined : button.style;
  return {
    type: 'button',
    action_id: `${BUTTON_PREFIX}${index}:${button.action}`,
    text: plain(button.label, 75),
    value: button.id,
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined
      ? {}
      : {
          confirm: {
            title: plain(confirm.title, 100),
            text: { type: 'plain_text', text: shorten(cleanText(confirm.text), 300), emoji: false },
            confirm: plain(confirm.yes, 30),
            deny: plain(confirm.no, 30),
            ...(style === undefined ? {} : { style }),
          },
        }),
  };
}

function plain(text: string, max: number): { readonly type: 'plain_text'; readonly text: string; readonly emoji: false } {
  return { type: 'plain_text', text: shorten(cleanLine(text), max), emoji: false };
}

/** Whole lines up to the limit: a line cut in the middle could say the opposite. People are named, not mentioned. */
function textOf(board: BoardModel, mentions: Mentions): string {
  const fields = board.fields.map((field) => [field.label, rawLine(field.text, mentions)].filter((part) => part !== '').join(': '));
  const lines = [titleOf(board), ...fields, ...board.tasks.map(taskLine)].map(escapeMrkdwn);
  let text = lines[0] ?? board.run;
  for (const line of lines.slice(1)) {
    if (text.length + 1 + line.length > MAX_TEXT) break;
    text += `\n${line}`;
  }
  return text;
}
