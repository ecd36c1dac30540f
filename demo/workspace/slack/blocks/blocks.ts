import { z } from 'zod';
import { accessory, actionElement, inputElement } from './elements.js';
import { richText } from './rich-text.js';
import { anyText, image, mrkdwnText, plainText } from './text.js';

// Limits: https://docs.slack.dev/reference/block-kit/blocks

const block_id = z.string().max(255).optional();

const taskCard = z.strictObject({
  type: z.literal('task_card'),
  block_id,
  task_id: z.string().min(1).max(255),
  title: z.string().min(1),
  // `completed` is refused by Slack (seen by GitLab, gitlab-org/gitlab!242201); the word is `complete`.
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richText.optional(),
  output: richText.optional(),
  sources: z.array(z.strictObject({ type: z.literal('url'), url: z.string(), text: z.string() })).optional(),
});

const tableCell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string() }),
  z.strictObject({ type: z.literal('raw_number'), number: z.number() }),
  richText,
]);

export const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), block_id, text: plainText(150) }),
  z
    .strictObject({
      type: z.literal('section'),
      block_id,
      text: anyText(3000).optional(),
      fields: z.array(anyText(2000)).min(1).max(10).optional(),
      accessory: accessory.optional(),
      expand: z.boolean().optional(),
    })
    .refine((section) => section.text !== undefined || section.fields !== undefined, { error: 'missing required field: text' }),
  z.strictObject({
    type: z.literal('context'),
    block_id,
    elements: z.array(z.discriminatedUnion('type', [plainText(3000), mrkdwnText(3000), image])).min(1).max(10),
  }),
  z.strictObject({ type: z.literal('divider'), block_id }),
  z.strictObject({ type: z.literal('actions'), block_id, elements: z.array(actionElement).min(1).max(25) }),
  image.extend({ block_id, title: plainText(2000).optional() }),
  z.strictObject({
    type: z.literal('input'),
    block_id,
    label: plainText(2000),
    hint: plainText(2000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: inputElement,
  }),
  z.strictObject({ type: z.literal('markdown'), block_id, text: z.string().min(1).max(12_000) }),
  richText,
  taskCard,
  z.strictObject({
    type: z.literal('plan'),
    block_id,
    title: z.string().min(1),
    tasks: z.array(taskCard.extend({ block_id: z.string().max(255).optional() })).optional(),
  }),
  z.strictObject({
    type: z.literal('alert'),
    block_id,
    text: anyText(3000),
    level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
  }),
  z.strictObject({
    type: z.literal('table'),
    block_id,
    rows: z.array(z.array(tableCell).max(20)).min(1).max(100),
    column_settings: z
      .array(z.strictObject({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: z.boolean().optional() }).nullable())
      .max(20)
      .optional(),
  }),
]);

/** A Block Kit block that Slack would accept. */
export type SlackBlock = z.infer<typeof block>;
