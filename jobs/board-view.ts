import { createHash } from 'node:crypto';
import type { ButtonAction } from '../src/board/model.js';
import type { BoardView, HealthReading, Outage } from '../src/board/view.js';
import type { Config, Locale } from '../src/config.js';
import type { ButtonMeaning, Store, TargetHealth } from '../src/ports/store.js';
import type { RunState } from '../src/run/state.js';
import { breakersOf, votersOf } from './parts.js';
import { wayBackOf } from './way-back-request.js';

/** Gathers what a board shows beside the run itself. */
export async function boardView(parts: { readonly store: Store; readonly config: Config }, state: RunState, locale: Locale, now: number): Promise<BoardView> {
  const { store } = parts;
  const [health, progress, observed, { [state.target]: held }] = await Promise.all([
    store.healthOf(state.target), store.progressOf(state.id), store.observedReleases(state.target), store.heldTargets(),
  ]);
  const { '': planningProgress, ...steps } = progress;
  const afterStop = wayBackOf(parts.config, state);
  return {
    locale, now, people: (id) => parts.config.people[id]?.name ?? id, voters: votersOf(parts, state), breakers: breakersOf(parts, state), progress: steps,
    ...(health === undefined ? {} : { health: healthReading(health, observed[0]?.name) }),
    ...outageOf(state, health),
    ...(planningProgress === undefined || planningProgress === '' ? {} : { planningProgress }),
    ...(held === undefined ? {} : { held }),
    ...(afterStop === undefined ? {} : { afterStop }),
    buttonId: (action, meaning) => buttonId(state.id, { action, ...meaning }),
  };
}

export function healthReading(health: TargetHealth, running: string | undefined): HealthReading {
  return { state: health.up ? 'up' : 'down', since: health.since, detail: health.saw, readAt: health.readAt, ...(running === undefined ? {} : { running }) };
}

/** The outage that this run is about: one that had not ended before it was asked for. */
function outageOf(state: RunState, health: TargetHealth | undefined): { outage?: Outage } {
  const outage = health?.outage;
  if (outage === undefined || (outage.until !== undefined && outage.until < state.requestedAt)) return {};
  if (state.endedAt !== undefined && outage.from > state.endedAt) return {};
  return { outage };
}

/** The same button of the same run has the same id at every rendering, so an unchanged board stays unchanged; what it means is stored. */
export function buttonId(run: string, meaning: ButtonMeaning & { readonly action: ButtonAction }): string {
  const { action, digest, step, attempt } = meaning;
  return createHash('sha256').update(JSON.stringify([run, action, digest ?? '', step ?? '', attempt ?? 0])).digest('base64url').slice(0, 22);
}
