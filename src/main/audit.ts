import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditKeyError, auditFolder, keyName, knownSigner, openSigner, verifySignature } from '../../adapters/files/audit-key.js';
import { growingFile, linesOf } from '../../adapters/files/checkpoint-file.js';
import type { AuditOptions, AuditReport, BundleAudit } from '../../adapters/cli/services.js';
import { verifyBundle as judgeBundle, writeBundle } from '../audit/bundle.js';
import { Checkpoints } from '../audit/checkpoint.js';
import type { Log } from '../ports/log.js';
import type { Store } from '../ports/store.js';
import type { Signer } from '../ports/signer.js';
import { readSettings, type Settings } from '../settings.js';

function checkpointPath(settings: Settings): string {
  return join(auditFolder(settings.dataFolder), 'checkpoints.jsonl');
}

function signerFor(settings: Settings): Promise<Signer> {
  return openSigner(settings.dataFolder, settings.auditKey);
}

/** A data folder that cannot be written must not keep planb from taking releases back; a wrong PLANB_AUDIT_KEY is a setting to mend, and throws. */
export async function signerOrNone(settings: Settings, log: Log): Promise<{ readonly signer?: Signer }> {
  try {
    return { signer: await signerFor(settings) };
  } catch (error) {
    if (error instanceof AuditKeyError) throw error;
    log.error({ error }, 'there is no key to sign with, so the heads of runs are not signed');
    return {};
  }
}

/** Signs heads for as long as the worker lives. Resolves when it has stopped. */
export async function startCheckpoints(settings: Settings, store: Store, log: Log): Promise<() => Promise<void>> {
  const { signer } = await signerOrNone(settings, log);
  if (signer === undefined) return () => Promise.resolve();
  const { keepCheckpoints } = await import('../../jobs/audit/keep-checkpoints.js');
  const stopping = new AbortController();
  const done = keepCheckpoints({ store, signer, file: growingFile(checkpointPath(settings)), log }, stopping.signal);
  return async () => {
    stopping.abort();
    await done;
  };
}

/** Reads only: neither a newer planb nor a user without the right to write changes what is examined. */
export async function verifyAudit(run: string | undefined, options: AuditOptions): Promise<AuditReport> {
  const settings = readSettings(process.env);
  const { auditChains } = await import('../../adapters/postgres/audit.js');
  const file = options.checkpoints ?? checkpointPath(settings);
  const own = await knownSigner(settings.dataFolder, settings.auditKey);
  const checkpoints = new Checkpoints(verifySignature, [...options.keys, ...(own === undefined ? [] : [own.publicKey])], 'the signed heads');
  for await (const line of linesOf(file)) checkpoints.take(line);
  const report = await withDatabase(settings, (url) => auditChains(url, run, checkpoints.heads));
  return { ...report, checkpoints: { file, lines: checkpoints.count, broken: checkpoints.broken } };
}

export async function exportAudit(run: string): Promise<string | undefined> {
  const settings = readSettings(process.env);
  const { readStoredEvents } = await import('../../adapters/postgres/audit.js');
  const events = await withDatabase(settings, (url) => readStoredEvents(url, run));
  if (events.length === 0) return undefined;
  const signer = await signerFor(settings);
  const lines: string[] = [];
  // The bundle is judged by one key: what one before it signed would make it a changed one.
  const own = `"key":"${signer.key}","signature"`;
  for await (const line of linesOf(checkpointPath(settings))) if (line.includes(`["${run}",`) && line.includes(own)) lines.push(line);
  return writeBundle(run, events, lines, new Date().toISOString(), signer);
}

/** Needs neither settings nor a database: it is for whoever was handed the file. */
export async function verifyBundle(path: string, trusted: string | undefined): Promise<BundleAudit> {
  const report = judgeBundle(await readFile(path), verifySignature, trusted);
  return { ...report, key: keyName(report.publicKey) };
}

export async function auditKey(): Promise<{ readonly key: string; readonly publicKey: string }> {
  const { key, publicKey } = await signerFor(readSettings(process.env));
  return { key, publicKey };
}

async function withDatabase<T>(settings: Settings, work: (url: string) => Promise<T>): Promise<T> {
  if (settings.databaseUrl !== undefined) return work(settings.databaseUrl);
  const { startPostgres } = await import('../../adapters/embedded/postgres-server.js');
  const embedded = await startPostgres({ dataDir: join(settings.dataFolder, 'postgres') });
  try {
    return await work(embedded.url);
  } finally {
    await embedded.stop();
  }
}
