/** A file that came in a multipart request. */
export interface UploadedFile {
  name: string;
  content: Buffer;
}

/** Splits a multipart/form-data body (RFC 7578). Throws when it names no boundary. */
export function parseMultipart(contentType: string, body: Buffer): { fields: Record<string, string>; files: Record<string, UploadedFile> } {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error('multipart body without a boundary');
  const fields: Record<string, string> = {};
  const files: Record<string, UploadedFile> = {};
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter has no line break before it.
  const all = Buffer.concat([Buffer.from('\r\n'), body]);
  for (let start = all.indexOf(delimiter); start >= 0; ) {
    const next = all.indexOf(delimiter, start + delimiter.length);
    if (next < 0) break;
    const part = all.subarray(start + delimiter.length + 2, next);
    const headerEnd = part.indexOf('\r\n\r\n');
    const headers = part.subarray(0, Math.max(0, headerEnd)).toString('utf8');
    const content = part.subarray(headerEnd + 4);
    const disposition = /content-disposition:[^\r\n]*/i.exec(headers)?.[0] ?? '';
    const name = /[; ]name="([^"]*)"/i.exec(disposition)?.[1];
    const filename = /[; ]filename="([^"]*)"/i.exec(disposition)?.[1];
    if (name !== undefined && filename !== undefined) files[name] = { name: filename, content: Buffer.from(content) };
    else if (name !== undefined) fields[name] = content.toString('utf8');
    start = next;
  }
  return { fields, files };
}
