import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Log } from '../../src/ports/log.js';
import { BodyBudget } from './body-limit.js';
import { answerText, type WebRoute } from './route.js';

export interface WebLimits {
  /** For the request line and the headers. */
  readonly headersMs: number;
  /** For the whole request, body included: a slow sender is cut off with 408. */
  readonly requestMs: number;
  readonly bodyBytes: number;
  /** For the bodies of all requests under way: who holds many connections open with a little less than the limit each must not fill the memory. */
  readonly bodiesBytes: number;
  /** More are closed at once. */
  readonly connections: number;
  /** What requests under way get when the server closes. */
  readonly closeMs: number;
}

export interface WebOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Default: all interfaces. */
  readonly host?: string;
  readonly routes: readonly WebRoute[];
  readonly limits?: Partial<WebLimits>;
  readonly log: Pick<Log, 'error'>;
}

export interface WebServer {
  readonly port: number;
  /** Takes no new request, lets those under way finish within `closeMs`, then cuts them. */
  close(): Promise<void>;
}

/** Slack's largest payloads are well under 1 MB. */
const DEFAULT_LIMITS: WebLimits = { headersMs: 10_000, requestMs: 15_000, bodyBytes: 1024 * 1024, bodiesBytes: 64 * 1024 * 1024, connections: 1_000, closeMs: 5_000 };

/** Starts planb's one HTTP port. Rejects with Node's own error where the port cannot be had (EADDRINUSE, EACCES). */
export async function startWeb(options: WebOptions): Promise<WebServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: 5_000,
    // How exactly the two limits above are kept.
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, limits.headersMs / 4)),
  });
  server.maxConnections = limits.connections;
  const bodies = new BodyBudget(limits.bodyBytes, limits.bodiesBytes);
  server.on('request', (request, response) => void serve(options, bodies, request, response));
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return { port, close: () => close(server, limits.closeMs) };
}

async function serve({ routes, log }: WebOptions, bodies: BodyBudget, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A sender that goes away in the middle is no error of ours.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const exceeded = (why: 'too-large' | 'busy'): void => {
    if (why === 'too-large') refuse(request, response, 413, 'too large');
    else refuse(request, response, 503, 'planb is busy; try again', { 'retry-after': '5' });
  };
  if (bodies.watch(request, exceeded) === 'exceeded') return;
  try {
    await dispatch(routes, request, response);
  } catch (error) {
    if (request.destroyed || response.writableEnded) return;
    // The path only: a query may carry a key.
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error), method: request.method, path: request.url?.split('?')[0] }, 'an HTTP request failed');
    if (response.headersSent) response.destroy();
    else refuse(request, response, 500, 'planb failed to answer; its log says why');
  }
}

async function dispatch(routes: readonly WebRoute[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = parseUrl(request.url);
  if (url === undefined) {
    refuse(request, response, 400, 'bad request');
    return;
  }
  const matches = routes.flatMap((route) => {
    const groups = match(route.path, url.pathname);
    return groups === undefined ? [] : [{ route, groups }];
  });
  if (matches.length === 0) {
    refuse(request, response, 404, 'not found');
    return;
  }
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const found = matches.find(({ route }) => route.method === method);
  if (found === undefined) {
    const allow = [...new Set(matches.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method])))].join(', ');
    refuse(request, response, 405, 'method not allowed', { allow });
    return;
  }
  await found.route.handle(request, response, url, found.groups);
}

function match(path: string | RegExp, pathname: string): Readonly<Record<string, string>> | undefined {
  if (typeof path === 'string') return path === pathname ? {} : undefined;
  const found = path.exec(pathname);
  return found?.[0] === pathname ? { ...found.groups } : undefined;
}

function parseUrl(path: string | undefined): URL | undefined {
  // A path such as "//host/x" must not become another host.
  return path?.startsWith('/') === true && URL.canParse(`http://planb${path}`) ? new URL(`http://planb${path}`) : undefined;
}

/** Answers without reading the body, and so gives the connection up when there is one. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent) {
    request.destroy();
    return;
  }
  if (request.complete) {
    answerText(response, status, text, headers);
    return;
  }
  response.once('finish', () => request.destroy());
  answerText(response, status, text, { ...headers, connection: 'close' });
}

async function listen(server: Server, { port, host }: WebOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => { resolve(); });
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => { server.closeAllConnections(); }, graceMs);
  await closed;
  clearTimeout(cut);
}
