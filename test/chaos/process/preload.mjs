/**
 * Loaded before a planb under test (`node --import`): names every passage through its ports, and dies, stops or waits at the one that the parent process asks for. The program itself is the built one and knows
 * nothing of this. Names: ../points.ts.
 */
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const built = new URL('../', pathToFileURL(process.argv[1]));
/** The seams: what makes a port, and what makes plans. */
const places = {
  'adapters/postgres/store.js': 'createStore', 'adapters/redis/queue.js': 'createQueue', 'adapters/redis/chat-limiter.js': 'createChatLimiter',
  'adapters/process/run-program.js': 'createRunProgram', 'adapters/slack/slack.js': 'createSlack', 'jobs/planning/make-plan.js': 'makePlan',
};

let armed;
let release = () => undefined;
let passages = 0;
let lastPassage = Infinity;

process.on('message', (order) => {
  if (order.arm !== undefined) armed = order.arm;
  if (order.dieAfter !== undefined) lastPassage = passages + order.dieAfter;
  if (order.disarm) { armed = undefined; lastPassage = Infinity; }
  if (order.release) release();
});
// A test that is killed leaves nothing behind.
process.on('disconnect', () => { process.exit(1); });
// It must not keep planb from ending.
process.channel?.unref();

/** A promise where the flow has to wait here. Death and stop come before this returns: nothing of the process goes on behind them. */
function reach(point, step) {
  passages += 1;
  if (passages >= lastPassage) process.kill(process.pid, 'SIGKILL');
  if (armed === undefined || armed.point !== point || (armed.step !== undefined && armed.step !== step)) return undefined;
  const { how } = armed;
  armed = undefined;
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  process.send({ reached: point });
  if (how === 'stop') process.kill(process.pid, 'SIGSTOP');
  return how === 'hold' ? new Promise((resolve) => { release = resolve; }) : undefined;
}

async function around(name, step, work) {
  await reach(`before ${name}`, step);
  const result = await work();
  await reach(`after ${name}`, step);
  return result;
}

/** The same object with some of its methods passing points; `names` tells from the arguments. */
function passing(object, names) {
  const wrapped = Object.entries(names).map(([method, nameOf]) => [method, (...args) => {
    const [name, step] = [nameOf(...args)].flat();
    return around(name, step, () => object[method](...args));
  }]);
  return { ...object, ...Object.fromEntries(wrapped) };
}

globalThis[Symbol.for('planb.chaos')] = {
  createStore: (own) => (options) => {
    const store = passing(own(options), {
      acceptDelivery: () => 'storing a delivery',
      finishDelivery: () => 'marking a delivery',
      acquireLease: () => 'taking a lease',
      releaseLease: () => 'giving a lease back',
      boardShown: () => 'noting a board',
      messageSent: () => 'noting a message',
    });
    // One append may hold a receipt and the next intent: it passes the points of all its events.
    const recording = (request, [event, ...rest]) => (event === undefined ? store.append(request) : around(`recording ${event.type}`, event.step, () => recording(request, rest)));
    return { ...store, append: (request) => recording(request, request.events), relayOutbox: (limit, publish) => store.relayOutbox(limit, (wakeUps) => around('enqueueing', undefined, () => publish(wakeUps))) };
  },
  createQueue: (own) => (options) => {
    const queue = own(options);
    return { ...queue, consume: (name, concurrency, handle) => queue.consume(name, concurrency, (wakeUp) => around(`handling a ${wakeUp.do}`, undefined, () => handle(wakeUp))) };
  },
  createSlack: (own) => (options) => passing(own(options), { postBoard: () => 'posting a board', editBoard: () => 'editing a board', postNotice: () => 'posting a notice' }),
  createRunProgram: (own) => (masker) => {
    const run = own(masker);
    return (request) => (request.marker === undefined ? run(request) : around(request.argv.some((word) => word.endsWith('probe.sh')) ? 'probing' : 'acting', request.marker.step, () => run(request)));
  },
  makePlan: (own) => (...args) => around('planning', undefined, () => own(...args)),
  // The stand-in for Slack has no limits here, so planb needs none: they are another test's.
  createChatLimiter: () => () => ({ acquire: () => Promise.resolve({ ok: true }), penalize: () => Promise.resolve() }),
};

register('./hooks.mjs', import.meta.url, { data: Object.entries(places).map(([path, name]) => [new URL(path, built).href, name]) });
