import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quote } from 'shlex';
import { type FileState, HostError, type HostFiles } from '../../src/ports/host.js';
import type { ProgramOutcome } from '../../src/ports/program.js';
import type { Connection } from './connection.js';

const lookMs = 30_000;
const copyMs = 10 * 60_000;
/** What a script ends with when there is nothing under the path. */
const absent = 3;

/** The files of another machine, through its own `cat`, `stat`, `mv` and `tail`. */
export function remoteFiles(connection: Connection): HostFiles {
  const { address } = connection.address;
  const refused = (path: string, outcome: ProgramOutcome): HostError =>
    new HostError('file-refused', `${path} on ${address}: ${outcome.output.trimEnd().split('\n').at(-1)?.replace(/^.*: (?=[^:]*$)/, '') || outcome.summary}`);
  const look = async (path: string, script: string): Promise<string | undefined> => {
    const outcome = await connection.ask(script, lookMs);
    if (outcome.exitCode === absent) return undefined;
    if (!outcome.ok) throw refused(path, outcome);
    return outcome.stdout.replace(/\n$/, '');
  };
  const write = async (path: string, text: string, mode: number): Promise<void> => {
    const [file, fresh] = [quote(path), quote(`${path}.planb-new`)];
    // A file that is there already would keep its mode.
    const script = `rm -f -- ${fresh} && (umask 077; cat >${fresh}) && [ "$(wc -c <${fresh})" -eq ${String(Buffer.byteLength(text))} ] && chmod ${mode.toString(8)} ${fresh} && mv -f -- ${fresh} ${file}`;
    const outcome = await connection.ask(script, copyMs, { input: text });
    if (!outcome.ok) throw refused(path, outcome);
  };

  return {
    readText: async (path) => {
      const chunks: Uint8Array[] = [];
      const outcome = await connection.ask(`[ -f ${quote(path)} ] || exit ${String(absent)}; cat -- ${quote(path)}`, copyMs, {
        readStdout: async (stdout) => {
          chunks.length = 0;
          for await (const chunk of stdout) chunks.push(chunk);
        },
      });
      if (outcome.exitCode === absent) return undefined;
      if (!outcome.ok) throw refused(path, outcome);
      return Buffer.concat(chunks).toString('utf8');
    },
    readFrom: (path, offset) => readFrom(connection, path, offset, refused),
    writeText: (path, text, mode = 0o644) => write(path, text, mode),
    stat: async (path) => {
      const said = await look(path, `[ -e ${quote(path)} ] || exit ${String(absent)}; LC_ALL=C stat -L -c '%F|%s|%Y|%W|%d:%i' -- ${quote(path)}`);
      return said === undefined ? undefined : stateOf(said);
    },
    remove: async (path) => {
      await look(path, `rm -f -- ${quote(path)}`);
    },
    realPath: async (path) => (await look(path, `readlink -f -- ${quote(path)} || exit ${String(absent)}`)) ?? path,
    findProgram: async (name) => look(name, `IFS=:; for p in $PATH; do if [ -n "$p" ] && [ -f "$p"/${quote(name)} ] && [ -x "$p"/${quote(name)} ]; then echo "$p"/${quote(name)}; exit 0; fi; done; exit ${String(absent)}`),
  };
}

async function* readFrom(connection: Connection, path: string, offset: number, refused: (path: string, outcome: ProgramOutcome) => HostError): AsyncGenerator<Uint8Array> {
  const bytes = new PassThrough();
  const reading = connection.session(`tail -c +${String(offset + 1)} -- ${quote(path)}`, '', { timeoutMs: copyMs, readStdout: async (stdout) => pipeline(stdout, bytes) }).then(
    (outcome) => {
      if (!outcome.ok) throw refused(path, outcome);
    },
  ).catch((error: unknown) => {
    // Who reads gets the reason instead of an end that is none.
    bytes.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  reading.catch(() => undefined);
  for await (const chunk of bytes) yield chunk as Uint8Array;
  await reading;
}

function stateOf(said: string): FileState {
  const [type = '', bytes = '', modified = '', created = '', inode = ''] = said.split('|');
  const kind = type === 'directory' ? 'folder' : type.startsWith('regular') ? 'file' : 'other';
  // 0 or -: the file system does not keep it.
  const createdAt = Number(created) > 0 ? { createdAt: Number(created) * 1_000 } : {};
  return { kind, bytes: Number(bytes), modifiedAt: Number(modified) * 1_000, inode, ...createdAt };
}
