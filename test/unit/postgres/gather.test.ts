import { expect, test } from 'vitest';
import { gather } from '../../../adapters/postgres/gather.js';

/** Statements that end when the test says so. */
function statements(isOfOne = true, atOnce = 1): { readonly ask: (request: string) => Promise<string>; readonly sent: string[][]; readonly end: (error?: Error) => Promise<void> } {
  const sent: string[][] = [];
  const endings: ((error?: Error) => void)[] = [];
  const ask = gather<string, string>({
    key: (request) => request.charAt(0), atOnce, most: 3, isOfOne: () => isOfOne,
    send: (requests) => {
      sent.push([...requests]);
      return new Promise((resolve, reject) => {
        endings.push((error) => {
          if (error === undefined) resolve(requests.map((request) => `${request}!`));
          else reject(error);
        });
      });
    },
  });
  const end = async (error?: Error): Promise<void> => {
    endings.shift()?.(error);
    // The answer arrives, and then who was answered together leaves together.
    for (let turns = 2; turns > 0; turns -= 1) await new Promise((resolve) => { setImmediate(resolve); });
  };
  return { ask, sent, end };
}

test('a lone request travels at once, those that come meanwhile together, no more than agreed', async () => {
  const { ask, sent, end } = statements();
  const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask));
  expect(sent).toEqual([['a']]);
  await end();
  expect(sent).toEqual([['a'], ['b', 'c', 'd']]);
  await end();
  await end();
  expect(sent).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
  expect(await answers).toEqual(['a!', 'b!', 'c!', 'd!', 'e!']);
});

test('who was answered together asks again together', async () => {
  const { ask, sent, end } = statements(true, 2);
  const twice = async (request: string): Promise<string> => ask(`${await ask(request)}?`);
  const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map(twice));
  expect(sent).toEqual([['a'], ['b']]);
  // What was sent alone goes on at once, with those who wait.
  await end();
  expect(sent.slice(2)).toEqual([['c', 'd', 'e']]);
  await end();
  expect(sent.slice(3)).toEqual([['a!?', 'b!?']]);
  await end();
  expect(sent.slice(4)).toEqual([['c!?', 'd!?', 'e!?']]);
  await end();
  await end();
  expect(await answers).toEqual(['a', 'b', 'c', 'd', 'e'].map((request) => `${request}!?!`));
});

test('requests of one key never travel together and stay in their order', async () => {
  const { ask, sent, end } = statements();
  const answers = Promise.all(['a', 'b1', 'b2', 'c', 'b3'].map(ask));
  for (let left = 4; left > 0; left -= 1) await end();
  expect(sent).toEqual([['a'], ['b1', 'c'], ['b2'], ['b3']]);
  await answers;
});

test('nor are two of one key under way at the same time', async () => {
  const { ask, sent, end } = statements(true, 2);
  const answers = Promise.all(['a1', 'a2', 'b'].map(ask));
  expect(sent).toEqual([['a1'], ['b']]);
  await end();
  expect(sent).toEqual([['a1'], ['b'], ['a2']]);
  await end();
  await end();
  expect(await answers).toEqual(['a1!', 'a2!', 'b!']);
});

test('a failure that may be the fault of one is one request\'s only', async () => {
  const { ask, sent, end } = statements();
  const answers = Promise.allSettled(['a', 'b', 'c'].map(ask));
  await end();
  await end(new Error('together'));
  expect(sent.at(-1)).toEqual(['b']);
  await end(new Error('b is bad'));
  await end();
  expect(await answers).toMatchObject([{ value: 'a!' }, { reason: new Error('b is bad') }, { value: 'c!' }]);
});

test('a failure of the server is everybody\'s, at once', async () => {
  const { ask, sent, end } = statements(false);
  const answers = Promise.allSettled(['a', 'b', 'c'].map(ask));
  await end();
  await end(new Error('gone'));
  expect(await answers).toMatchObject([{ value: 'a!' }, { reason: new Error('gone') }, { reason: new Error('gone') }]);
  expect(sent).toHaveLength(2);
});
