/** "09:00-18:00 Europe/Berlin", with days before it "Mon-Fri 09:00-18:00 Europe/Berlin", or "always". */
const pattern = /^(?:(?<first>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:-(?<last>Mon|Tue|Wed|Thu|Fri|Sat|Sun))? )?(?<from>[01]\d|2[0-3]):(?<fromMinute>[0-5]\d)-(?<until>[01]\d|2[0-4]):(?<untilMinute>[0-5]\d) (?<zone>[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*)$/;
const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Whether a text says hours that planb can keep. */
export function areHours(text: string): boolean {
  return text === 'always' || readHours(text) !== undefined;
}

/** Whether the instant (milliseconds since the epoch) lies within the hours, on the wall clock of their zone. What cannot be read is never within. */
export function isWithinHours(text: string, at: number): boolean {
  if (text === 'always') return true;
  const hours = readHours(text);
  if (hours === undefined) return false;
  const parts = new Map(new Intl.DateTimeFormat('en-GB', { timeZone: hours.zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(at).map(({ type, value }) => [type, value]));
  const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
  const overnight = hours.until <= hours.from;
  const inside = overnight ? minute >= hours.from || minute < hours.until : minute >= hours.from && minute < hours.until;
  // What follows midnight belongs to the evening before.
  const today = days.indexOf(parts.get('weekday') ?? '');
  const day = overnight && minute < hours.until ? (today + 6) % 7 : today;
  return inside && (hours.first <= hours.last ? day >= hours.first && day <= hours.last : day >= hours.first || day <= hours.last);
}

function readHours(text: string): { readonly first: number; readonly last: number; readonly from: number; readonly until: number; readonly zone: string } | undefined {
  const found = pattern.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { first, last, zone = '' } = found;
  const from = Number(found['from']) * 60 + Number(found['fromMinute']);
  const until = Number(found['until']) * 60 + Number(found['untilMinute']);
  if (from === until || until > 24 * 60 || !isZone(zone)) return undefined;
  const firstDay = first === undefined ? 0 : days.indexOf(first);
  return { first: firstDay, last: last === undefined ? (first === undefined ? 6 : firstDay) : days.indexOf(last), from, until, zone };
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
