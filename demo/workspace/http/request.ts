import type { IncomingMessage } from 'node:http';
import { parseMultipart, type UploadedFile } from './multipart.js';

/** The fields of a request, whatever its encoding was. Form values stay strings. */
export interface RequestFields {
  fields: Record<string, unknown>;
  files: Record<string, UploadedFile>;
}

/** The whole body of a request. The stand-ins are local, so the limit (50 MB) only stops accidents. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > 50_000_000) throw new Error('request body above 50 MB');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Query string and body together: JSON, URL-encoded or multipart. Throws on a malformed body. */
export async function readFields(request: IncomingMessage): Promise<RequestFields> {
  const body = await readBody(request);
  const fields: Record<string, unknown> = Object.fromEntries(requestUrl(request).searchParams);
  const files: Record<string, UploadedFile> = {};
  const type = request.headers['content-type'] ?? '';
  if (body.length === 0) return { fields, files };
  if (type.startsWith('application/json')) {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(parsed)) Object.assign(fields, parsed);
  } else if (type.startsWith('multipart/form-data')) {
    const form = parseMultipart(type, body);
    Object.assign(fields, form.fields);
    Object.assign(files, form.files);
  } else {
    Object.assign(fields, Object.fromEntries(new URLSearchParams(body.toString('utf8'))));
  }
  return { fields, files };
}

export function requestUrl(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'http://workspace');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
