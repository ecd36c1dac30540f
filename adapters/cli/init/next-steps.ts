import type { InitAnswers } from './answers.js';

/** What is left to do outside of planb.yaml, in order. */
export function nextSteps({ channel, people }: InitAnswers): readonly string[] {
  const slack = channel.slack === undefined ? [] : [
    'Slack: on https://api.slack.com/apps create an app "from a manifest" with deploy/slack-manifest.yaml, install it, invite it to the channel, and set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…, scope connections:write; for signed HTTP instead: SLACK_SIGNING_SECRET and PORT).',
  ];
  const telegram = channel.telegram === undefined ? [] : [
    'Telegram: ask @BotFather for /newbot, add the bot to the group, and set TELEGRAM_BOT_TOKEN.',
  ];
  const nowhere = people.filter((person) => person.slack === undefined && person.telegram === undefined).map(({ id }) => id);
  return [
    ...slack,
    ...telegram,
    ...(nowhere.length === 0 ? [] : [`${nowhere.join(', ')}: give a slack or telegram id ("/rollback whoami" in chat tells it), or set the variable of the time-based code.`]),
    '"planb check" judges the files, "planb doctor" the connections; then "planb up".',
  ];
}
