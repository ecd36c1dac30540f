import type { Config } from '../src/config.js';
import { isInsecure } from '../src/plan/insecure-releases.js';
import type { FormChoices } from '../src/ports/chat.js';
import type { Store } from '../src/ports/store.js';

/** What the form offers: from what planb observed and planb.yaml names, so that it opens at once and reaches no target. */
export async function readFormChoices(store: Store, config: Config): Promise<FormChoices> {
  const targets = await Promise.all(Object.values(config.targets).map(async (target) => {
    const observed = await store.observedReleases(target.id);
    const running = observed[0]?.name;
    const seen = observed.slice(1).map((release) => ({ name: release.name, note: release.bad ? 'taken back before' : 'ran before' }));
    const named = Array.isArray(target.releases) ? (target.releases as readonly string[]) : [];
    const listed = named.filter((name) => name !== running && !seen.some((one) => one.name === name)).map((name) => ({ name, note: '' }));
    const isOffered = ({ name }: { readonly name: string }): boolean => !isInsecure(name, target.insecure ?? []);
    return { id: target.id, title: target.title, releases: [...seen.filter((one) => one.name !== running), ...listed].filter(isOffered) };
  }));
  return { targets };
}
