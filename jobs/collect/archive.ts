import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { packTar } from 'modern-tar';
import type { CollectedFile } from './piece.js';

/** A `.tar.gz` of the files under one folder, readable by its owner alone. Everything passes `mask` here, names as well, and nothing gets into it another way. */
export async function packArchive(folder: string, files: readonly CollectedFile[], mask: (text: string) => string, at: Date): Promise<Uint8Array> {
  const entries = files.map(({ path, text }) => {
    const body = Buffer.from(mask(text), 'utf8');
    return { header: { name: `${folder}/${safePath(mask(path))}`, size: body.byteLength, mode: 0o600, mtime: at, type: 'file' as const }, body };
  });
  return promisify(gzip)(await packTar(entries));
}

/** Containers name themselves; a name must lead nowhere else when the archive is unpacked. */
function safePath(path: string): string {
  return path.split('/').map((part) => part.replaceAll(/[^\w.*-]/g, '_').replace(/^\.+/, '_').slice(0, 80)).join('/');
}
