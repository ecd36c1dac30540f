import type { World } from '../../src/ports/world.js';

const away = (): never => { throw new Error('no DNS here'); };

/** For a planb whose steps need no DNS. */
export const noDns: World['dns'] = () => ({ open: away, authoritative: away, resolvers: away, ask: away });
