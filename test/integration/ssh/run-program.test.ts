import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Host } from '../../../src/ports/host.js';
import type { ProgramRequest } from '../../../src/ports/program.js';
import { eventually } from '../../support/eventually.js';
import { isProcessAlive } from '../../support/process-alive.js';
import { sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { tempFolder } from '../../support/temp-folder.js';

/** Of this test alone: what a machine knows of an attempt stays for days. */
const markOf = () => ({ run: 'r1', step: 's1', attempt: `${randomUUID()}/s1/1` });

/** A program that writes its number and that of a child, and then lives on. */
async function longProgram(): Promise<{ readonly argv: [string, ...string[]]; readonly pids: () => Promise<readonly number[]> }> {
  const file = join(await tempFolder(), 'pids');
  // Whatever it says comes first: a connection that broke would end it by itself.
  const script = 'sleep 3000 & echo started; echo $$ $! >"$1.new"; mv "$1.new" "$1"; wait';
  return { argv: ['sh', '-c', script, 'sh', file], pids: () => eventually(async () => (await readFile(file, 'utf8')).trim().split(' ').map(Number)) };
}

async function expectGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) expect(await isProcessAlive(pid)).toBe(false);
}

describe('a program on another machine', () => {
  test('gets its arguments, variables, input and folder exactly, and its end is told', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    const strange = ['', ' ', "it's", '$HOME `id` $(id)', 'a\nb', '"\\"', '*', '~root', '-n', 'ü→', '!x', '#', 'A=b', ';', '&&'];
    const echoed = await host.runProgram({ argv: ['node', '-p', 'JSON.stringify(process.argv.slice(1))', ...strange.map((text) => `:${text}`)] });
    expect(JSON.parse(echoed.stdout)).toEqual(strange.map((text) => `:${text}`));
    expect(echoed).toMatchObject({ ok: true, exitCode: 0, summary: `node finished on ${sshd.address}.` });

    const marker = markOf();
    const folder = await tempFolder("it's a folder");
    const env = { PLAIN: 'x', f: 'one\ntwo', STRANGE: `'"$HOME\\n`, s: 'v' };
    const told = await host.runProgram({ argv: ['node', '-p', 'JSON.stringify([process.cwd(), process.env.f, process.env.STRANGE, process.env.s, process.env.PLANB_ATTEMPT, require("fs").readFileSync(0, "utf8")])'], cwd: folder, env, input: 'in\nput', marker });
    expect(JSON.parse(told.stdout)).toEqual([folder, env.f, env.STRANGE, env.s, marker.attempt, 'in\nput']);
    expect(await host.runProgram({ argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'] })).toMatchObject({ ok: false, exitCode: 3, stdout: 'out\n', output: expect.stringContaining('err') as string, summary: `sh ended with exit code 3 on ${sshd.address}.` });
  });

  test('as many as are asked for take turns where sshd lets in ten at once, as it does by itself', async () => {
    const sshd = await startSshd(['MaxSessions 10']);
    const host = sshHosts(sshd).at(sshd.address);
    const waiting = new AbortController();
    const all = Array.from({ length: 24 }, (_, number) => host.runProgram({ argv: ['sh', '-c', 'sleep 0.5; echo "$1"', 'sh', String(number)], marker: markOf() }));
    const looked = Array.from({ length: 8 }, () => host.files.stat('/etc/passwd'));
    const stopped = host.runProgram({ argv: ['sleep', '3000'], marker: markOf(), signal: waiting.signal });
    waiting.abort();
    expect((await Promise.all(all)).map(({ ok, stdout, droppedBytes }) => [ok, stdout, droppedBytes])).toEqual(all.map((_, number) => [true, `${String(number)}\n`, 0]));
    expect((await Promise.all(looked)).every((found) => found?.kind === 'file')).toBe(true);
    expect(await stopped).toMatchObject({ ok: false, aborted: true });
  });

  test('a missing program, a missing folder and exit codes 127 and 255 are told apart', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    expect(await host.runProgram({ argv: ['no-such-program'] })).toMatchObject({ ok: false, notFound: true, exitCode: null, summary: `no-such-program was not found on ${sshd.address}.` });
    expect(await host.runProgram({ argv: ['true'], cwd: '/no/such/folder' })).toMatchObject({ notFound: true, summary: `The working folder /no/such/folder does not exist on ${sshd.address}.` });
    expect(await host.runProgram({ argv: ['sh', '-c', 'exit 127'] })).toMatchObject({ notFound: false, exitCode: 127 });
    expect(await host.runProgram({ argv: ['sh', '-c', 'echo said; exit 255'] })).toMatchObject({ notFound: false, exitCode: 255, stdout: 'said\n', droppedBytes: 0 });
  });

  test('a secret variable stands in no argument list, and is masked in the output', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd, ['correct-horse-battery']).at(sshd.address);
    // A pattern that does not find itself; on the loopback this machine's ssh is looked at as well.
    const script = 'echo "$TOKEN"; cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n" | grep -c "[h]orse-battery"';
    const outcome = await host.runProgram({ argv: ['sh', '-c', script], env: { TOKEN: 'correct-horse-battery' } });
    expect(outcome.stdout).toBe('***secret0***\n0\n');
  });

  test('of an environment it gets the allow-list, what it is named and no more, of planb\'s account there', async () => {
    const sshd = await startSshd(['SetEnv s=hunter22 ROOT_TOKEN="two words" DOCKER_HOST=tcp://there:2375 LANG=C.UTF-8 _x=$HOME IFS=x']);
    const host = sshHosts(sshd).at(sshd.address);
    process.env['PLANB_TEST_OF_THIS_MACHINE'] = 'hunter22';
    onTestFinished(() => { delete process.env['PLANB_TEST_OF_THIS_MACHINE']; });
    // A shell names its folders by itself.
    const told = async (request: Partial<ProgramRequest>): Promise<Readonly<Record<string, string>>> => JSON.parse((await host.runProgram({ argv: ['node', '-p', 'const { PWD, OLDPWD, ...env } = process.env; JSON.stringify(env)'], ...request })).stdout) as Record<string, string>;
    const marker = markOf();
    const { PATH, HOME, ...named } = await told({ cwd: '/usr', env: { TOKEN: 'x', LC_ALL: 'C' }, passEnv: ['DOCKER_HOST', 'PLANB_TEST_OF_THIS_MACHINE', 'NOT_SET'], marker });
    expect([typeof PATH, HOME]).toEqual(['string', homedir()]);
    expect(named).toEqual({ LANG: 'C.UTF-8', TOKEN: 'x', LC_ALL: 'C', DOCKER_HOST: 'tcp://there:2375', PLANB_RUN: 'r1', PLANB_STEP: 's1', PLANB_ATTEMPT: marker.attempt });
    expect(Object.keys(await told({})).sort()).toEqual(['HOME', 'LANG', 'PATH']);
  });

  test('what is started together shares one connection', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => host.runProgram({ argv: ['sh', '-c', 'echo $SSH_CONNECTION'], passEnv: ['SSH_CONNECTION'] })));
    expect(outcomes[0]?.stdout).toMatch(/^127\.0\.0\.1 \d+ /);
    expect(outcomes.map(({ output }) => output)).toEqual(outcomes.map(() => outcomes[0]?.stdout));
  });

  test('bytes are read as they are', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    const chunks: Uint8Array[] = [];
    const outcome = await host.runProgram({ argv: ['sh', '-c', 'head -c 300000 /dev/zero; printf "\\377\\000"'], readStdout: async (stdout) => { for await (const chunk of stdout) chunks.push(chunk); } });
    expect(outcome.ok).toBe(true);
    const bytes = Buffer.concat(chunks);
    expect([bytes.length, bytes.at(-2), bytes.at(-1)]).toEqual([300_002, 255, 0]);
  });
});

describe('ending it', () => {
  test('an abort ends the program and its children there before it is said', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    const { argv, pids } = await longProgram();
    const stop = new AbortController();
    const running = host.runProgram({ argv, signal: stop.signal, marker: markOf() });
    const started = await pids();
    stop.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true, summary: `sh was ended on ${sshd.address} because the run was stopped.` });
    await expectGone(started);
  });

  test('a time limit does the same, also to a program that ignores SIGTERM', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    const outcome = await host.runProgram({ argv: ['sh', '-c', 'trap "" TERM; echo $$; while :; do sleep 0.1; done'], timeoutMs: 1_500, graceMs: 200 });
    expect(outcome).toMatchObject({ ok: false, timedOut: true, summary: `sh was ended on ${sshd.address} after its time limit of 1.5 s.` });
    await expectGone([Number(outcome.stdout.trim())]);
  });

  test('when the connection is lost half-way, it is ended over another one', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    const { argv, pids } = await longProgram();
    const running = host.runProgram({ argv, marker: markOf() });
    const started = await pids();
    await sshd.breakConnections();
    expect(await running).toMatchObject({ ok: false, exitCode: null, unreachable: true, summary: `The connection to ${sshd.address} was lost while sh ran; it was ended there.` });
    await expectGone(started);
    expect(await host.runProgram({ argv: ['true'] })).toMatchObject({ ok: true });
  });

  test('a program that ended while nobody listened is told with its exit code, and its output as cut', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    // It ends its own connection, and then well.
    const outcome = await host.runProgram({ argv: ['sh', '-c', 'kill -9 $(ps -o ppid= -p $PPID)'], marker: markOf() });
    expect(outcome).toMatchObject({ ok: true, exitCode: 0, droppedBytes: expect.any(Number) as number });
    expect(outcome.droppedBytes).toBeGreaterThan(0);
  });

  test('a machine that cannot be reached then leaves it unknown, and orphans are ended once it is back', async () => {
    const sshd = await startSshd();
    const hosts = sshHosts(sshd);
    const host = hosts.at(sshd.address);
    const { argv, pids } = await longProgram();
    const stop = new AbortController();
    const marker = markOf();
    const running = host.runProgram({ argv, signal: stop.signal, marker }).catch((error: unknown) => error);
    const started = await pids();
    await sshd.stop();
    stop.abort();
    expect(await running).toMatchObject({ name: 'HostError', code: 'outcome-unknown', message: expect.stringMatching(/could not be ended .* and whether it still runs there is not known: .*Connection refused/) as string });
    for (const pid of started) expect(await isProcessAlive(pid)).toBe(true);
    await expect(host.endOrphans(marker.attempt)).rejects.toMatchObject({ code: 'unreachable' });
    await sshd.start();
    expect(await sshHosts(sshd).at(sshd.address).endOrphans(marker.attempt)).toBeGreaterThan(0);
    await expectGone(started);
  });

  test('orphans are found by their mark too, those of other attempts are left alone', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    const file = join(await tempFolder(), 'pid');
    const marker = markOf();
    // It leaves its group, and the program itself ends.
    const away = async (attempt: string): Promise<number> => {
      await host.runProgram({ argv: ['sh', '-c', 'setsid sleep 3000 >/dev/null 2>&1 & echo $! >"$1.new"; sleep 0.3; mv "$1.new" "$1"', 'sh', file], marker: { ...marker, attempt } });
      const pid = Number(await readFile(file, 'utf8'));
      return pid;
    };
    const [mine, other] = [await away(marker.attempt), await away(`${marker.attempt}0`)];
    expect(await host.endOrphans(marker.attempt)).toBe(1);
    expect([await isProcessAlive(mine), await isProcessAlive(other)]).toEqual([false, true]);
    expect(await host.endOrphans(`${marker.attempt}0`)).toBe(1);
  });

  test('who was settled by another worker starts nothing more for the attempt', async () => {
    const sshd = await startSshd();
    const [first, second]: readonly [Host, Host] = [sshHosts(sshd).at(sshd.address), sshHosts(sshd).at(sshd.address)];
    const late = markOf();
    expect(await first.runProgram({ argv: ['true'], marker: late })).toMatchObject({ ok: true });
    await second.endOrphans(late.attempt);
    expect(await first.runProgram({ argv: ['true'], marker: late })).toMatchObject({ ok: false, aborted: true, summary: 'true was not started: another worker has taken over.' });
    expect(await second.runProgram({ argv: ['true'], marker: late })).toMatchObject({ ok: true });
  });
});
