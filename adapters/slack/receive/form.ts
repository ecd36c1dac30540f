import type { types, ViewResponseAction, webApi } from '@slack/bolt';
import type { FormChoices, ReadFormChoices } from '../../../src/ports/chat.js';
import { withDeadline } from '../deadline.js';
import { FORM, readOrigin } from '../form/names.js';
import { readSubmission } from '../form/read-submission.js';
import { formView } from '../form/view.js';
import type { SlackLog } from '../options.js';
import { slackErrorOf } from '../send/chat-error.js';
import type { Words } from '../words.js';
import { ANSWER_WITHIN_MS, type Intake } from './intake.js';
import { chosenTarget, senderOf, submittedForm } from './payloads.js';

export interface FormParts {
  readonly intake: Intake;
  readonly client: webApi.WebClient;
  readonly formChoices: ReadFormChoices;
  readonly words: Words;
  readonly log: SlackLog;
}

/** Another target was chosen in the open form: show its releases. */
export async function showReleases(parts: FormParts, body: unknown): Promise<void> {
  const until = performance.now() + ANSWER_WITHIN_MS;
  const { view, actions } = chosenTarget.parse(body);
  try {
    const choices = await withDeadline(parts.formChoices(), until - performance.now(), 'reading the choices of the form');
    const updated = viewFor(parts, choices, actions[0]?.selected_option.value, view.private_metadata);
    // The hash makes Slack drop this answer where the person has chosen again meanwhile.
    await withDeadline(parts.client.views.update({ view_id: view.id, hash: view.hash, view: updated }), until - performance.now(), 'views.update');
  } catch (error) {
    if (slackErrorOf(error) === 'hash_conflict') return;
    // Submitting asks again for what could not be shown.
    parts.log.error({ err: error }, 'the releases could not be shown in the form');
  }
}

/** A submitted form: stored as a request. The result is what the acknowledgement tells Slack to do with the form. */
export async function takeSubmission(parts: FormParts, body: unknown): Promise<ViewResponseAction | undefined> {
  const until = performance.now() + ANSWER_WITHIN_MS;
  const submitted = submittedForm.parse(body);
  const { view } = submitted;
  const origin = readOrigin(view.private_metadata);
  let choices: FormChoices;
  try {
    choices = await withDeadline(parts.formChoices(), until - performance.now(), 'reading the choices of the form');
  } catch (error) {
    parts.log.error({ err: error }, 'a form could not be checked');
    return formError(parts.words.notStored);
  }
  const submission = readSubmission(view.state, choices, parts.words);
  if (submission.kind === 'errors') return { response_action: 'errors', errors: submission.errors };
  if (submission.kind === 'show-releases') return { response_action: 'update', view: viewFor(parts, choices, submission.target, view.private_metadata) };
  const problem = await parts.intake.take(senderOf(submitted), until, (actor) => ({
    id: `slack:view:${view.id}:${view.hash}`,
    actor,
    place: { platform: 'slack', channel: origin.channel },
    command: submission.command,
    ...(origin.responseUrl === undefined ? {} : { replyHandle: origin.responseUrl }),
  }));
  return problem === undefined ? undefined : formError(problem);
}

function viewFor(parts: FormParts, choices: FormChoices, chosen: string | undefined, metadata: string): types.ModalView {
  return formView({ choices, chosen, origin: readOrigin(metadata), words: parts.words });
}

function formError(sentence: string): ViewResponseAction {
  return { response_action: 'errors', errors: { [FORM.targetBlock]: sentence } };
}
