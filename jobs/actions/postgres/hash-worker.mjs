// A thread that hashes one file after the other for hash-on-threads.ts: gigabytes would take the main thread from leases, boards and other runs.
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** @param {{ path: string, flush: boolean }} order */
function hash({ path, flush }) {
  const file = openSync(path, 'r');
  try {
    const sum = createHash('sha256');
    let bytes = 0;
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      sum.update(buffer.subarray(0, read));
      bytes += read;
    }
    if (flush) fsyncSync(file);
    return { bytes, sha256: sum.digest('hex') };
  } finally {
    closeSync(file);
  }
}

parentPort?.on('message', (order) => { parentPort.postMessage(hash(order)); });
