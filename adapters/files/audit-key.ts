import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Signer, VerifySignature } from '../../src/ports/signer.js';

/** A key that cannot be used, in one sentence. */
export class AuditKeyError extends Error {
  override readonly name = 'ConfigError';
}

/** Where planb keeps what shows later that its record was changed. */
export function auditFolder(dataFolder: string): string {
  return join(dataFolder, 'audit');
}

/**
 * The key that signs this machine's heads: `given` (a PEM text, or the path of a file with one), else one that is made under the data folder when it is first asked
 * for. Throws AuditKeyError.
 */
export async function openSigner(dataFolder: string, given: string | undefined): Promise<Signer> {
  return signerFrom(given ?? (await madeKey(keyPath(dataFolder))));
}

/** The same, but makes none; undefined: there is none yet. Throws AuditKeyError. */
export async function knownSigner(dataFolder: string, given: string | undefined): Promise<Signer | undefined> {
  const path = given ?? keyPath(dataFolder);
  return given === undefined && !existsSync(path) ? undefined : signerFrom(path);
}

function keyPath(dataFolder: string): string {
  return join(auditFolder(dataFolder), 'key.pem');
}

async function signerFrom(path: string): Promise<Signer> {
  const isText = path.startsWith('-----BEGIN');
  // An environment variable often has its line ends written out.
  const pem = isText ? path.replaceAll('\\n', '\n') : await readFile(path, 'utf8').catch((error: unknown) => { throw new AuditKeyError(`PLANB_AUDIT_KEY: ${error instanceof Error ? error.message : String(error)}`); });
  return signerOf(privateKey(pem));
}

export function signerOf(key: KeyObject): Signer {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    key: keyName(der.toString('base64')),
    publicKey: der.toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
  };
}

/** What people compare of a public key (SPKI, base64). */
export function keyName(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16);
}

export const verifySignature: VerifySignature = (text, signature, publicKey) => {
  try {
    const bytes = Buffer.from(signature, 'base64');
    // Base64 has several spellings of the same bytes; only one is what was written.
    if (bytes.toString('base64') !== signature) return false;
    return verify(null, Buffer.from(text), createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' }), bytes);
  } catch {
    return false;
  }
};

function privateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below, without repeating any of it.
  }
  throw new AuditKeyError('PLANB_AUDIT_KEY is no ed25519 private key in PEM; make one with: openssl genpkey -algorithm ed25519');
}

async function madeKey(path: string): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${String(process.pid)}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
  try {
    // Whole or not at all, and never over the key that another process has just made.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}
