import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

import { Controllers } from './controllers.js';
import { discover, kindOf } from './discovery.js';
import { type KubeObject, type Value, copyOf, isObject, nameOf, numberAt, objectAt, textAt } from './object.js';
import { applyPatch } from './patch.js';
import { type Change, ObjectStore, type ResourcePath, isSelected } from './store.js';

/**
 * `cut`: the connection breaks, and whoever asks afterwards gets 503, as from a load balancer without a server. `cut-after`: the same, but the request was carried out. `drop`: only this connection breaks.
 * `forbid`: 403.
 */
export type Fault = 'cut' | 'cut-after' | 'drop' | 'forbid';
/** Decides about a request before it is carried out. */
export type FaultRule = (request: { readonly method: string; readonly path: string; readonly body: string }) => Fault | undefined;

/** Enough of the Kubernetes API for real Helm and kubectl, in this process, on a port of its own. */
export interface ApiServer {
  readonly url: string;
  readonly store: ObjectStore;
  readonly controllers: Controllers;
  /** Every request so far: `GET /api/v1/…`. */
  readonly requests: string[];
  /** What `kubectl logs` says of a pod. */
  readonly logs: Map<string, string>;
  rule: FaultRule;
  /** It was cut. */
  isAway(): boolean;
  /** Answers again, to everything. */
  heal(): void;
}

interface Asked extends ResourcePath {
  readonly name: string;
  readonly subresource: string;
}

export async function startApiServer(): Promise<ApiServer> {
  const store = new ObjectStore();
  const controllers = new Controllers(store);
  let away = false;
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  const api: ApiServer = { url: '', store, controllers, requests: [], logs: new Map(), rule: () => undefined, isAway: () => away, heal: () => { away = false; api.rule = () => undefined; } };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '/', 'http://x');
    const method = request.method ?? 'GET';
    api.requests.push(`${method} ${url.pathname}`);
    if (away) return sendStatus(response, 503, 'ServiceUnavailable', 'the server is currently unable to handle the request');
    const fault = api.rule({ method, path: url.pathname, body });
    if (fault === 'cut' || fault === 'cut-after') away = true;
    if (fault === 'cut' || fault === 'drop') return void request.socket.destroy();
    const asked = parsePath(url.pathname);
    if (fault === 'forbid') return sendStatus(response, 403, 'Forbidden', forbidden(method, asked));
    try {
      respond(method, url, asked, body, request.headers['content-type'] ?? '', response, fault === 'cut-after');
    } catch (error) {
      sendStatus(response, 500, 'InternalError', error instanceof Error ? error.message : String(error));
    }
    if (fault === 'cut-after') request.socket.destroy();
  }

  function respond(method: string, url: URL, asked: Asked | undefined, body: string, contentType: string, response: ServerResponse, silent: boolean): void {
    // An empty schema (protobuf: swagger "2.0"): clients then check nothing.
    if (url.pathname === '/openapi/v2') return void response.writeHead(200, { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' }).end(Buffer.from('\n\u00032.0'));
    const known = discover(url.pathname);
    if (known !== undefined) return send(response, 200, known);
    const kind = asked === undefined ? undefined : kindOf(asked.groupVersion, asked.plural);
    if (asked === undefined || kind === undefined) return sendStatus(response, 404, 'NotFound', 'the server could not find the requested resource');
    if (asked.name === '' && method === 'GET') return url.searchParams.get('watch') === null ? list(asked, kind, url, response) : watch(asked, url, response);
    const { value, status } = change(method, asked, body, contentType);
    if (silent) return;
    if (typeof value === 'string') {
      response.writeHead(status, { 'content-type': 'text/plain' }).end(value);
    } else if (value === undefined) sendStatus(response, 404, 'NotFound', `${asked.plural} "${asked.name}" not found`, asked);
    else send(response, status, value);
  }

  function change(method: string, asked: Asked, body: string, contentType: string): { readonly value: KubeObject | string | undefined; readonly status: number } {
    const given = (): KubeObject => parseObject(body);
    const found = store.find(asked, asked.name);
    const put = (object: KubeObject): KubeObject | undefined => {
      store.put(asked, object);
      controllers.reconcile(asked, nameOf(object));
      return store.find(asked, nameOf(object));
    };
    if (asked.plural === 'namespaces') return { value: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: asked.name } }, status: 200 };
    if (asked.subresource === 'log') return { value: found === undefined ? undefined : (api.logs.get(asked.name) ?? ''), status: 200 };
    if (method === 'POST') return store.find(asked, nameOf(given())) === undefined ? { value: put(given()), status: 201 } : { value: conflict(asked, nameOf(given())), status: 409 };
    if (found === undefined) return { value: undefined, status: 404 };
    if (asked.subresource === 'scale') {
      const scaled = method === 'GET' ? found : { ...copyOf(found), spec: { ...copyOf(objectAt(found, 'spec')), replicas: numberAt(method === 'PUT' ? given() : applyPatch(scaleOf(found), contentType, given()), 'spec', 'replicas') } };
      return { value: scaleOf(method === 'GET' ? found : (put(scaled) ?? found)), status: 200 };
    }
    if (method === 'GET') return { value: found, status: 200 };
    if (method === 'PUT') return { value: put(given()), status: 200 };
    if (method === 'PATCH') return { value: put(applyPatch(found, contentType, JSON.parse(body) as Value)), status: 200 };
    store.remove(asked, asked.name);
    controllers.forget(asked, asked.name);
    return { value: { apiVersion: 'v1', kind: 'Status', status: 'Success' }, status: 200 };
  }

  function list(asked: Asked, kind: string, url: URL, response: ServerResponse): void {
    const items = store.list(asked).filter((object) => isSelected(object, url.searchParams.get('labelSelector') ?? '', url.searchParams.get('fieldSelector') ?? ''));
    send(response, 200, { apiVersion: asked.groupVersion, kind: `${kind}List`, metadata: { resourceVersion: String(store.version) }, items: [...items] });
  }

  function watch(asked: Asked, url: URL, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const since = Number(url.searchParams.get('resourceVersion') ?? 0);
    const show = ({ type, path, object }: Change): void => {
      if (path.plural !== asked.plural || path.namespace !== asked.namespace) return;
      if (isSelected(object, url.searchParams.get('labelSelector') ?? '', url.searchParams.get('fieldSelector') ?? '')) response.write(`${JSON.stringify({ type, object })}\n`);
    };
    store.changes.filter(({ version }) => version > since).forEach(show);
    response.on('close', store.listen(show));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  }));
  return Object.assign(api, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function parsePath(path: string): Asked | undefined {
  const match = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path);
  if (match === null) return undefined;
  return { groupVersion: match[1] ?? match[2] ?? '', namespace: match[3] ?? '', plural: match[4] ?? '', name: match[5] ?? '', subresource: match[6] ?? '' };
}

function parseObject(body: string): KubeObject {
  const value = JSON.parse(body) as Value;
  if (!isObject(value)) throw new Error('an object was expected');
  return value;
}

function scaleOf(object: KubeObject): KubeObject {
  return { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: nameOf(object), namespace: textAt(object, 'metadata', 'namespace'), resourceVersion: textAt(object, 'metadata', 'resourceVersion') }, spec: { replicas: numberAt(object, 'spec', 'replicas') }, status: { replicas: numberAt(object, 'status', 'replicas') } };
}

function conflict(asked: Asked, name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', message: `${asked.plural} "${name}" already exists`, reason: 'AlreadyExists', code: 409, details: { name, kind: asked.plural } };
}

function forbidden(method: string, asked: Asked | undefined): string {
  const verb = { GET: asked?.name === '' ? 'list' : 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? method;
  const group = asked?.groupVersion.includes('/') === true ? (asked.groupVersion.split('/')[0] ?? '') : '';
  return `${asked?.plural ?? ''}${asked?.name ? ` "${asked.name}"` : ''} is forbidden: User "planb" cannot ${verb} resource "${asked?.plural ?? ''}" in API group "${group}" in the namespace "${asked?.namespace ?? ''}"`;
}

function send(response: ServerResponse, status: number, value: KubeObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function sendStatus(response: ServerResponse, code: number, reason: string, message: string, asked?: Asked): void {
  send(response, code, { apiVersion: 'v1', kind: 'Status', status: 'Failure', message, reason, code, ...(asked === undefined ? {} : { details: { name: asked.name, kind: asked.plural } }) });
}
