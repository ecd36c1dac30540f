import type { KnownBlock } from '@slack/types';

/** A board as planb draws it before a vote, in Block Kit. */
export const PLAN_BLOCKS: KnownBlock[] = [
  { type: 'header', text: { type: 'plain_text', text: 'LiteLLM 1.82.1 → 1.81.14 · run 7KQ' } },
  { type: 'alert', level: 'error', text: { type: 'mrkdwn', text: '*NOW*  down since 03:08 UTC (503), read 03:14:05' } },
  {
    type: 'section',
    fields: [
      { type: 'mrkdwn', text: '*VERDICT*\nrevert only: 4 newer migrations, all additive' },
      { type: 'mrkdwn', text: '*LOST*\nnothing' },
      { type: 'mrkdwn', text: '*OUTAGE*\n~40 s' },
      { type: 'mrkdwn', text: '*RUN*\n~4 min' },
    ],
  },
  { type: 'section', text: { type: 'mrkdwn', text: '<@U01ALICE>: “500s since deploy” · backup proven 02:10\n*VOTES*  1/2 <@U01ALICE> · may vote: <@U02BOB>, <@U03CAROL>, until 03:44' } },
  {
    type: 'plan',
    title: 'What will happen',
    tasks: [
      { type: 'task_card', task_id: 'backup', title: 'Back up the database', status: 'complete' },
      {
        type: 'task_card',
        task_id: 'revert',
        title: 'Put 1.81.14 back',
        status: 'in_progress',
        details: {
          type: 'rich_text',
          elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'docker compose -f compose.yml -f planb.override.yml up -d litellm' }] }],
        },
      },
      { type: 'task_card', task_id: 'ready', title: 'Wait until ready, hold 30 s', status: 'pending' },
      { type: 'task_card', task_id: 'logs', title: 'Look for errors in the log', status: 'pending' },
    ],
  },
  {
    type: 'actions',
    elements: [
      { type: 'button', action_id: 'approve', style: 'primary', text: { type: 'plain_text', text: 'Approve' }, value: '7KQ' },
      {
        type: 'button',
        action_id: 'reject',
        style: 'danger',
        text: { type: 'plain_text', text: 'Reject' },
        value: '7KQ',
        confirm: {
          title: { type: 'plain_text', text: 'Reject run 7KQ?' },
          text: { type: 'mrkdwn', text: 'LiteLLM *stays down*. Nothing is changed.' },
          confirm: { type: 'plain_text', text: 'Reject' },
          deny: { type: 'plain_text', text: 'Cancel' },
          style: 'danger',
        },
      },
      { type: 'button', action_id: 'details', text: { type: 'plain_text', text: 'Details' }, value: '7KQ' },
    ],
  },
];

/** The same board as Telegram HTML. */
export const PLAN_HTML = [
  '<b>LiteLLM 1.82.1 → 1.81.14</b> · run <code>7KQ</code>',
  '<b>NOW</b>  down since 03:08 UTC (503), read 03:14:05',
  '<b>VERDICT</b>  revert only: 4 newer migrations, all additive',
  '<b>LOST</b>  nothing   <b>OUTAGE</b>  ~40 s   <b>RUN</b>  ~4 min',
  'Alice: “500s since deploy” · backup proven 02:10',
  '<b>VOTES</b>  1/2 Alice · may vote: Bob, Carol, until 03:44',
  '<blockquote expandable>✔ Back up the database\n▶ Put 1.81.14 back\n   <code>docker compose up -d litellm</code>\n○ Wait until ready, hold 30 s\n○ Look for errors in the log</blockquote>',
].join('\n');

export const PLAN_KEYBOARD = {
  inline_keyboard: [
    [
      { text: 'Approve', callback_data: 'v:7KQ:a', style: 'success' },
      { text: 'Reject', callback_data: 'v:7KQ:r', style: 'danger' },
      { text: 'Details', callback_data: 'd:7KQ' },
    ],
  ],
};
