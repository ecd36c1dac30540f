import { runCli } from '../../../adapters/cli/program.js';
import type { CliServices, TextSink } from '../../../adapters/cli/services.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Collector extends TextSink {
  readonly text: () => string;
}

export function collector(isTTY = false): Collector {
  const pieces: string[] = [];
  return { isTTY, write: (text) => pieces.push(text), text: () => pieces.join('') };
}

/** A service that a test does not expect to be used. */
function unexpected(name: string): () => never {
  return () => { throw new Error(`${name} was not to be used`); };
}

/** Runs one command line; every service that the test does not give fails it. */
export async function planb(argv: readonly string[], given: Partial<CliServices> = {}): Promise<Said> {
  const stdout = collector();
  const stderr = collector();
  const services: CliServices = {
    env: {}, version: '9.9.9', stdout, stderr,
    runService: unexpected('runService'), runDemo: unexpected('runDemo'), loadConfig: unexpected('loadConfig'), readRunbook: unexpected('readRunbook'),
    actionSchemas: unexpected('actionSchemas'), actionPlaces: unexpected('actionPlaces'), actionSummaries: unexpected('actionSummaries'), withStore: unexpected('withStore'), registerBackup: unexpected('registerBackup'), ownerState: unexpected('ownerState'),
    boardView: unexpected('boardView'), makePlan: unexpected('makePlan'), collect: unexpected('collect'), verifyAudit: unexpected('verifyAudit'), exportAudit: unexpected('exportAudit'), verifyBundle: unexpected('verifyBundle'), auditKey: unexpected('auditKey'), postNotice: unexpected('postNotice'), readReport: unexpected('readReport'), doctor: unexpected('doctor'),
    ...given,
  };
  const code = await runCli(services, ['node', 'planb', ...argv]);
  return { code, out: stdout.text(), err: stderr.text() };
}
