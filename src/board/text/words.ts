import type { Locale } from '../../config.js';
import { enBoard, type BoardWords } from './en/board.js';
import { enDetails, type DetailsWords } from './en/details.js';
import { enLosses, type LossWords } from './en/losses.js';
import { enNotices, type NoticeWords } from './en/notices.js';
import { enReplies, type ReplyWords } from './en/replies.js';
import { enWatch, type WatchWords } from './en/watch.js';
import { enWayBack, type WayBackWords } from './en/way-back.js';
import { enSteps, type StepWords } from './en/steps.js';
import { ruBoard } from './ru/board.js';
import { ruDetails } from './ru/details.js';
import { ruLosses } from './ru/losses.js';
import { ruNotices } from './ru/notices.js';
import { ruReplies } from './ru/replies.js';
import { ruWatch } from './ru/watch.js';
import { ruWayBack } from './ru/way-back.js';
import { ruSteps } from './ru/steps.js';

/** Everything that planb says in chat, refusals apart (src/board/refusals.ts). A key that one language lacks does not compile. */
export interface Words {
  readonly board: BoardWords;
  readonly steps: StepWords;
  readonly details: DetailsWords;
  readonly notices: NoticeWords;
  readonly replies: ReplyWords;
  readonly watch: WatchWords;
  readonly wayBack: WayBackWords;
  readonly losses: LossWords;
}

const words: Record<Locale, Words> = {
  en: { board: enBoard, steps: enSteps, details: enDetails, notices: enNotices, replies: enReplies, watch: enWatch, wayBack: enWayBack, losses: enLosses },
  ru: { board: ruBoard, steps: ruSteps, details: ruDetails, notices: ruNotices, replies: ruReplies, watch: ruWatch, wayBack: ruWayBack, losses: ruLosses },
};

export function wordsFor(locale: Locale): Words {
  return words[locale];
}
