import { describe, expect, test } from 'vitest';

import { choosePostgres, findPostgres, findRedis } from '../../../adapters/embedded/find-binaries.js';

describe('a program that is missing', () => {
  test('is named with the command that installs it', async () => {
    await expect(choosePostgres(null, '/data', [])).rejects.toMatchObject({
      code: 'embedded.binary_missing',
      message: expect.stringMatching(/^No PostgreSQL server on this machine: install it \(Debian: apt-get install postgresql;/) as string,
    });
    await expect(findRedis([])).rejects.toMatchObject({
      code: 'embedded.binary_missing',
      message: expect.stringMatching(/^No Redis server on this machine: install it \(Debian: apt-get install redis-server;/) as string,
    });
  });

  test('the newest PostgreSQL makes new data, its own major opens old data', async () => {
    const [newest] = await findPostgres();
    expect(await choosePostgres(null, '/data')).toEqual(newest);
    expect(await choosePostgres(newest?.major ?? 0, '/data')).toEqual(newest);
  });
});
