import type { App } from '@slack/bolt';
import { FORM } from '../form/names.js';
import { BUTTON_PREFIX } from '../render/board.js';
import { type FormParts, showReleases, takeSubmission } from './form.js';
import type { Intake } from './intake.js';
import { type MentionParts, takeMention } from './mention.js';
import { sayNotStored } from './not-stored.js';
import { takePress } from './press.js';
import { type SlashParts, takeSlash } from './slash.js';

export type ListenerParts = SlashParts & FormParts & MentionParts & { readonly intake: Intake };

/** What Bolt hands to planb. Nothing is acknowledged before it is stored. */
export function addListeners(app: App, parts: ListenerParts): void {
  // Any name: Slack sends only the commands that the app owns, and they need not be called what planb.yaml calls them.
  app.command(/.*/, async ({ body, ack, context }) => {
    const problem = await takeSlash(parts, body);
    if (problem !== undefined) sayNotStored(context);
    await (problem === undefined ? ack() : ack({ response_type: 'ephemeral', text: problem }));
  });
  app.action(new RegExp(`^${BUTTON_PREFIX}`), async ({ body, ack, context }) => {
    if ((await takePress(parts.intake, body)) !== undefined) sayNotStored(context);
    await ack();
  });
  app.action(FORM.targetAction, async ({ body, ack }) => {
    await showReleases(parts, body);
    await ack();
  });
  app.view(FORM.callback, async ({ body, ack, context }) => {
    const action = await takeSubmission(parts, body);
    if (action !== undefined) sayNotStored(context);
    await (action === undefined ? ack() : ack(action));
  });
  // Bolt acknowledges events before this runs; both receivers hold that back until it is done.
  app.event('app_mention', async ({ body, context }) => {
    if ((await takeMention(parts, body)) !== undefined) sayNotStored(context);
  });
}
