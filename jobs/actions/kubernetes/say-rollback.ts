import { type HookObject } from './manifest.js';

/** What a pending release is, and what helps. */
export function sayPending(release: string, { status, revision, updated }: { readonly status: string; readonly revision: number; readonly updated: string }): string {
  const since = `${updated.slice(0, 19).replace('T', ' ')} UTC`;
  return `revision ${revision} of ${release} is ${status} since ${since}: a Helm at work, or one that was ended in the middle (a cancelled job, a lost connection). Upgrades are refused until then ("another operation is in progress"); a rollback to a deployed revision helps`;
}

/**
 * What `helm rollback` does about hooks. Of LiteLLM's migrations Job facts.md says: hooks pre-install and pre-upgrade only, and by hand on the old image it is a diff-and-force (it sets
 * DISABLE_SCHEMA_UPDATE=false).
 */
export function sayHooks(hooks: readonly HookObject[], images: readonly string[]): readonly string[] {
  const fires = hooks.filter(({ events }) => events.some((event) => event === 'pre-rollback' || event === 'post-rollback'));
  const silent = hooks.filter(({ kind, events }) => kind === 'Job' && !events.some((event) => event.endsWith('-rollback')) && events.some((event) => event === 'pre-upgrade' || event === 'post-upgrade'));
  const litellm = images.some((image) => /litellm/i.test(image));
  return [
    ...fires.map(({ kind, name, events }) => `fires the hook ${kind} ${name} (${events.join(', ')})`),
    ...silent.map(({ name, events }) => `does not fire the hook Job ${name} (${events.join(', ')}): no migration runs${litellm ? '. Do not run it by hand with the older image: it compares the database with the older schema and forces the difference, dropping what is newer' : ', neither forward nor back'}`),
  ];
}
