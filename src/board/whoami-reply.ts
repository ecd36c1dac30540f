import { cleanReply } from './clean.js';
import { languageOf } from './language.js';
import type { Line, Reply } from './model.js';
import type { Identity, ReplyView } from './reply-input.js';

/** Anyone's ids, and the place's, as YAML to paste into planb.yaml. */
export function whoamiReply(identity: Identity, view: ReplyView): Reply {
  const words = languageOf(view.locale).words.replies;
  const { actor, person, groups } = identity;
  const block = whoamiYaml(identity);
  const known = person === undefined
    ? [words.stranger(actor.displayName)]
    : [`${words.youAre(view.people(person), person)} ${groups.length === 0 ? words.noGroups : words.yourGroups(groups.join(', '))}`, ...(block === '' ? [] : [words.idsToPaste])];
  const lines: readonly Line[] = [...known, ...(actor.workspace === undefined ? [] : [words.workspace(actor.workspace)])].map((text): Line => [text]);
  return cleanReply({ lines, ...(block === '' ? {} : { block }) });
}

/** Flow maps like those of the documentation, so that the lines can be merged by hand. */
function whoamiYaml({ actor, place, person }: Identity): string {
  if (actor.platform === 'cli') return '';
  const account = `people:\n  ${person ?? 'you'}: { ${actor.platform}: ${actor.userId} }`;
  if (place.channel === '') return account;
  const chat = actor.platform === 'slack'
    ? `slack: ${place.channel}`
    // A Slack thread is passing, a Telegram topic is a place.
    : `telegram: { chat: ${place.channel}${place.thread === undefined ? '' : `, topic: ${place.thread}`} }`;
  return `${account}\nchannels:\n  ops: { ${chat} }`;
}
