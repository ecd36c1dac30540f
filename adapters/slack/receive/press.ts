import type { Place } from '../../../src/person.js';
import { ANSWER_WITHIN_MS, type Intake, type Problem } from './intake.js';
import { pressedButton, senderOf } from './payloads.js';

/** A button of a board. The acknowledgement of a press cannot carry words, so a problem is told by the response URL. */
export async function takePress(intake: Intake, body: unknown): Promise<Problem> {
  const until = performance.now() + ANSWER_WITHIN_MS;
  const pressed = pressedButton.parse(body);
  const { container } = pressed;
  const [action] = pressed.actions;
  if (action === undefined) return undefined;
  const sender = senderOf(pressed);
  const place: Place = {
    platform: 'slack',
    channel: container.channel_id,
    message: container.message_ts,
    // A board with a thread names itself as the thread; the answer belongs where the button is.
    ...(container.thread_ts === undefined || container.thread_ts === container.message_ts ? {} : { thread: container.thread_ts }),
  };
  const replyHandle = pressed.response_url === undefined ? {} : { replyHandle: pressed.response_url };
  const problem = await intake.take(sender, until, (actor) => ({
    // Copies of an interaction can carry different trigger ids (facts.md); the moment of the press is the same.
    id: `slack:press:${container.channel_id}:${container.message_ts}:${action.action_ts}:${sender.user}`,
    actor,
    place,
    command: { kind: 'press', button: action.value },
    ...replyHandle,
  }));
  if (problem !== undefined) await intake.tell({ actor: { platform: 'slack', userId: sender.user, displayName: sender.user }, place, ...replyHandle }, problem, until);
  return problem;
}
