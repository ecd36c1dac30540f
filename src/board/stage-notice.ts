import type { Locale } from '../config.js';
import type { StageText } from '../plan/plan.js';
import type { RunState } from '../run/state.js';
import { cleanNotice, shorten } from './clean.js';
import { languageOf } from './language.js';
import type { Notice } from './model.js';
import { subjectLine } from './subject.js';

/** One line for those who are told: which stage of which run begins. It calls nobody. */
export function stageNotice(state: RunState, stage: StageText, locale: Locale): Notice {
  return cleanNotice({ locale, lines: [[`${shorten(stage[locale], 300)} · ${subjectLine(state, languageOf(locale))}`]], mention: [] });
}
