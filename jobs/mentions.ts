import type { Config } from '../src/config.js';
import type { Mentions } from '../src/ports/chat.js';

/** How people are called on a platform: by their id there, so that their phones ring, or by name. */
export function mentionsOn(config: Config, platform: 'slack' | 'telegram'): Mentions {
  return (person) => {
    const known = config.people[person];
    const id = known?.[platform];
    return { name: known?.name ?? person, ...(id === undefined ? {} : { id }) };
  };
}
