/**
 * What a person typed, from Slack's form of it: entities back to characters, `<https://a.b|a.b>` to a.b, `<@U1|bob>` to @bob.
 * https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
 */
export function typedText(text: string): string {
  return text
    .replace(/<([@#!]?)([^<>|\s]+)(?:\|([^<>]*))?>/g, (_all, sign: string, target: string, label: string | undefined) =>
      sign === '' ? label || target : `${sign === '!' ? '@' : sign}${label || target}`,
    )
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .trim();
}

/** The text without the leading mention of the bot, wherever else it is mentioned. */
export function withoutMention(text: string, botUser: string): string {
  return text.replace(new RegExp(`^\\s*<@${botUser}(?:\\|[^>]*)?>[\\s,:]*`), '').replace(new RegExp(`<@${botUser}(?:\\|[^>]*)?>`, 'g'), '').trim();
}
