import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedCall {
  readonly method: string;
  readonly args: Readonly<Record<string, string>>;
}

/** A Web API that answers each method as it is told, for what the workspace cannot be brought to answer. */
export async function startSlackAnswers(answer: (call: RecordedCall) => { readonly status?: number; readonly headers?: Record<string, string>; readonly body: object | string }): Promise<{ readonly apiUrl: string; readonly calls: RecordedCall[]; close(): Promise<void> }> {
  const calls: RecordedCall[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const call = { method: (request.url ?? '').replace('/api/', ''), args: Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString('utf8'))) };
      calls.push(call);
      const { status = 200, headers = {}, body } = answer(call);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
