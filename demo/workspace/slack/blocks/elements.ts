import { z } from 'zod';
import { confirmDialog, image, option, plainText } from './text.js';

// Limits: https://docs.slack.dev/reference/block-kit/block-elements

const actionable = { action_id: z.string().max(255).optional() };
const confirmable = { confirm: confirmDialog.optional() };
const focusable = { focus_on_load: z.boolean().optional() };
const placeholder = { placeholder: plainText(150).optional() };
const dispatchable = { dispatch_action_config: z.record(z.string(), z.unknown()).optional() };

export const button = z.strictObject({
  type: z.literal('button'),
  ...actionable,
  ...confirmable,
  text: plainText(75),
  value: z.string().max(2000).optional(),
  url: z.string().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  accessibility_label: z.string().max(75).optional(),
});

const optionGroup = z.strictObject({ label: plainText(75), options: z.array(option).min(1).max(100) });

const staticSelect = z.strictObject({
  type: z.literal('static_select'),
  ...actionable,
  ...confirmable,
  ...focusable,
  ...placeholder,
  options: z.array(option).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
  initial_option: option.optional(),
});

const usersSelect = z.strictObject({
  type: z.literal('users_select'),
  ...actionable,
  ...confirmable,
  ...focusable,
  ...placeholder,
  initial_user: z.string().optional(),
});

const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  ...actionable,
  ...confirmable,
  ...focusable,
  options: z.array(option).min(1).max(10),
  initial_option: option.optional(),
});

const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  ...actionable,
  ...confirmable,
  ...focusable,
  options: z.array(option).min(1).max(10),
  initial_options: z.array(option).min(1).max(10).optional(),
});

const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...actionable,
  ...confirmable,
  options: z.array(option).min(1).max(5),
});

const datepicker = z.strictObject({
  type: z.literal('datepicker'),
  ...actionable,
  ...confirmable,
  ...focusable,
  ...placeholder,
  initial_date: z.string().regex(/^\d{4}-\d\d-\d\d$/).optional(),
});

const plainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  ...actionable,
  ...dispatchable,
  ...focusable,
  ...placeholder,
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3000).optional(),
  max_length: z.int().min(1).max(3000).optional(),
});

const numberInput = z.strictObject({
  type: z.literal('number_input'),
  ...actionable,
  ...dispatchable,
  ...focusable,
  ...placeholder,
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
});

const oneOfAction = [button, staticSelect, usersSelect, radioButtons, checkboxes, overflow, datepicker] as const;

export const actionElement = z.discriminatedUnion('type', [...oneOfAction]);
export const accessory = z.discriminatedUnion('type', [...oneOfAction, image]);
export const inputElement = z.discriminatedUnion('type', [
  plainTextInput,
  numberInput,
  staticSelect,
  usersSelect,
  radioButtons,
  checkboxes,
  datepicker,
]);

export type Button = z.infer<typeof button>;
export type ActionElement = z.infer<typeof actionElement>;
export type InputElement = z.infer<typeof inputElement>;
