import type { Delivery } from '../../src/command/command.js';
import { concernDelivery, type Concern } from '../../src/watch/concern.js';

/** planb's own word to itself, stored like anybody's: handled once, by whichever worker takes it. Its actor is nobody's account. */
export function concernSender(concern: Concern): Delivery {
  return {
    id: concernDelivery(concern), actor: { platform: 'cli', userId: 'planb', displayName: 'planb', barred: 'bot' }, place: { platform: 'cli', channel: '' },
    command: { kind: 'concern', concern },
  };
}
