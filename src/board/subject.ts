import type { Release } from '../plan/plan.js';
import type { RunState } from '../run/state.js';
import { shorten } from './clean.js';
import type { Language } from './language.js';
import { stepIndex, stepName } from './plan-reading.js';

/** "LiteLLM proxy 1.82.1 → 1.81.14"; other kinds are named: "LiteLLM proxy upgrade 1.81.14 → 1.82.1", "LiteLLM proxy repair". */
export function subjectOf(state: RunState, language: Language): string {
  const { words } = language;
  const arrow = arrowOf(state, language);
  const kind = state.kind === 'rollback' && arrow !== '' ? '' : words.board.kinds[state.kind];
  const title = shorten(state.title, 60);
  const head = kind === '' ? title : language.locale === 'ru' ? `${title}: ${kind}` : `${title} ${kind}`;
  return [head, arrow].filter((part) => part !== '').join(' ');
}

/** "LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ". */
export function subjectLine(state: RunState, language: Language): string {
  return `${subjectOf(state, language)} · ${language.words.board.runName(state.id)}`;
}

/** A release as people say it; a tag that can point elsewhere tomorrow is named as such. */
export function releaseName(release: Release, language: Language): string {
  const name = shorten(release.name, 40);
  return release.moving === true ? language.words.board.moving(name) : name;
}

/** "2/6 Put 1.81.14 back". `longest`: characters of the name. */
export function stepPlace(state: RunState, id: string, language: Language, longest = 60): string {
  return language.words.board.stepOf(stepIndex(state, id), state.steps.length, shorten(stepName(state, id), longest));
}

function arrowOf(state: RunState, language: Language): string {
  const { plan } = state;
  // Before the plan only the wish is known; a repair or a check moves no release.
  if (plan === undefined) return typeof state.params['to'] === 'string' ? `→ ${shorten(state.params['to'], 40)}` : '';
  if (plan.to === undefined) return '';
  const to = releaseName(plan.to, language);
  if (plan.from === undefined || plan.from.name === plan.to.name) return `→ ${to}`;
  return `${releaseName(plan.from, language)} → ${to}`;
}
