import { commandMenu } from '../command/menu.js';
import { cleanReply, shorten } from './clean.js';
import { languageOf, type Language } from './language.js';
import type { Line, Reply } from './model.js';
import { healthText } from './now-field.js';
import type { HistoryEntry, ReplyView, TargetSummary } from './reply-input.js';

/** What can be taken back, and what runs there now. */
export function targetsReply(targets: readonly TargetSummary[], view: ReplyView): Reply {
  const language = languageOf(view.locale);
  if (targets.length === 0) return cleanReply({ lines: [[language.words.replies.noTargets]] });
  return cleanReply({ lines: targets.flatMap((target) => targetLines(target, view, language)) });
}

/** Past runs, as given (newest first is what a person wants). `target` is the one that was asked for. */
export function historyReply(entries: readonly HistoryEntry[], view: ReplyView, target?: string): Reply {
  const language = languageOf(view.locale);
  const words = language.words.replies;
  if (entries.length === 0) return cleanReply({ lines: [[target === undefined ? words.noHistoryAtAll : words.noHistory(target)]] });
  return cleanReply({ lines: entries.map((entry) => historyLine(entry, target === undefined, view, language)) });
}

/** All commands, as the platforms' menus have them. */
export function helpReply(view: ReplyView): Reply {
  const words = languageOf(view.locale).words.replies;
  const block = commandMenu.map(({ usage, description }) => `${view.command} ${usage}`.trimEnd() + `\n    ${description[view.locale]}`).join('\n');
  return cleanReply({ lines: [[words.helpTitle]], block });
}

function targetLines(target: TargetSummary, view: ReplyView, language: Language): readonly Line[] {
  const words = language.words.replies;
  const health = target.health === undefined
    ? (target.running === undefined ? [] : [words.running(target.running)])
    : [healthText({ health: target.health, now: view.now }, language, target.running)];
  const parts = [
    `${target.title} (${target.environment})`,
    ...health,
    ...(target.lastGood === undefined ? [] : [words.lastGood(target.lastGood)]),
    ...(target.liveRun === undefined ? [] : [words.liveRun(target.liveRun)]),
  ];
  const line: Line = [{ bold: target.id }, ` ${parts.join(' · ')}`];
  return target.held === undefined ? [line] : [line, [words.held(target.held)]];
}

/** What planb raised by itself is nobody's request, whoever's name it bears. */
function askedBy({ requester, raisedBy }: HistoryEntry, view: ReplyView, { words }: Language): string {
  return raisedBy === undefined ? words.replies.askedBy(view.people(requester)) : words.watch.raised(raisedBy.source, shorten(raisedBy.name, 80), view.people(requester));
}

function historyLine(entry: HistoryEntry, nameTarget: boolean, view: ReplyView, language: Language): Line {
  const words = language.words.replies;
  const { board, details } = language.words;
  const releases = [entry.from, entry.to].filter((release) => release !== undefined).join(' → ');
  const parts = [
    language.format.date(entry.endedAt ?? entry.requestedAt),
    [...(nameTarget ? [entry.target] : []), board.kinds[entry.kind], ...(releases === '' ? [] : [releases])].join(' '),
    entry.outcome === undefined ? words.liveRun(entry.run) : details.outcomes[entry.outcome],
    askedBy(entry, view, language) + (entry.reason === undefined ? '' : `: ${board.quoted(entry.reason)}`),
    ...(entry.approvers.length === 0 ? [] : [words.approvedBy(entry.approvers.map(view.people).join(', '))]),
  ];
  return [{ bold: entry.run }, ` ${parts.join(' · ')}`];
}
