import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came in, as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Reply = (seen: SeenRequest, response: ServerResponse) => void;

/** A real HTTP server on a free port. `answer` gets every request with its whole body. */
export async function serveHttp(answer: Reply): Promise<{ readonly url: string; readonly host: string; readonly seen: SeenRequest[]; stop(): void }> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; });
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      seen.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, seen, stop: () => { server.closeAllConnections(); server.close(); } };
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export interface AppUser {
  readonly id: number;
  readonly email: string;
  readonly password: string;
}

/** Users and projects, as an application with the playbook's smoke tests has them. */
export class SampleApp {
  readonly users = new Map<string, AppUser>();
  readonly tokens = new Map<string, AppUser>();
  readonly projects = new Map<number, string>();
  /** Overrides a route, by `METHOD /path` with numbers as `:id`. */
  readonly broken = new Map<string, Reply>();
  readonly operatorToken: string;
  #next = 1;

  constructor(operatorToken: string) {
    this.operatorToken = operatorToken;
  }

  readonly answer: Reply = (seen, response) => {
    const route = `${seen.method} ${seen.path.replace(/\/\d+$/, '/:id')}`;
    const broken = this.broken.get(route);
    if (broken !== undefined) { broken(seen, response); return; }
    const body = (seen.headers['content-type'] === 'application/json' && seen.body !== '' ? JSON.parse(seen.body) : {}) as Readonly<Record<string, string>>;
    const bearer = seen.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const user = this.tokens.get(bearer);
    if (route === 'GET /health') { json(response, 200, { status: 'ok' }); return; }
    if (route === 'GET /health/internal') {
      if (bearer === this.operatorToken) json(response, 200, { status: 'ok', checks: { db: { up: true, ms: 3 } }, version: '1.0.0' });
      else json(response, 401, { detail: 'operators only' });
      return;
    }
    if (route === 'POST /auth/register') {
      const { email = '', password = '' } = body;
      if (this.users.has(email)) { json(response, 409, { detail: 'email is taken' }); return; }
      const made = { id: this.#next++, email, password };
      this.users.set(email, made);
      json(response, 201, { id: made.id, email });
      return;
    }
    if (route === 'POST /auth/login') {
      const known = this.users.get(body['email'] ?? '');
      if (known?.password !== body['password'] || known === undefined) { json(response, 401, { detail: 'wrong email or password' }); return; }
      const token = `tok-${randomUUID()}`;
      this.tokens.set(token, known);
      json(response, 200, { access_token: token, token_type: 'bearer' });
      return;
    }
    if (user === undefined) { json(response, 401, { detail: 'sign in' }); return; }
    const id = Number(seen.path.split('/').at(-1));
    if (route === 'GET /auth/me') json(response, 200, { id: user.id, email: user.email });
    else if (route === 'DELETE /users/:id') { this.users.delete(user.email); response.writeHead(204).end(); }
    else if (route === 'POST /projects') { const made = this.#next++; this.projects.set(made, body['name'] ?? ''); json(response, 201, { project: { id: made } }); }
    else if (route === 'GET /projects') json(response, 200, { items: [...this.projects].map(([key, name]) => ({ id: key, name })) });
    else if (route === 'DELETE /projects/:id') { this.projects.delete(id); response.writeHead(204).end(); }
    else json(response, 404, { detail: 'no such page' });
  };
}

/** The playbook's four smoke tests against a SampleApp, as a runbook has them. */
export function smokeTests(baseUrl: string): object {
  const headers = { authorization: 'Bearer {token}' };
  return {
    baseUrl,
    vars: { email: 'smoke-{unique}@example.org', operator: '${env:OPERATOR_TOKEN}' },
    requests: [
      { name: 'health', path: '/health' },
      { name: 'internal health', path: '/health/internal', headers: { authorization: 'Bearer {operator}' }, expect: { checks: { db: { up: true } } } },
      { name: 'register', method: 'POST', path: '/auth/register', json: { email: '{email}', password: 'Pw-{unique}' }, status: 201, capture: { user: '$.id' } },
      { name: 'login', method: 'POST', path: '/auth/login', json: { email: '{email}', password: 'Pw-{unique}' }, capture: { token: '$.access_token' } },
      { name: 'me', path: '/auth/me', headers, expect: { id: '{user}', email: '{email}' } },
      { name: 'create project', method: 'POST', path: '/projects', headers, json: { name: 'smoke {unique}' }, status: 201, capture: { project: '$.project.id' } },
      { name: 'list projects', path: '/projects', headers, includes: { '$.items': { id: '{project}', name: 'smoke {unique}' } } },
      { name: 'delete project', method: 'DELETE', path: '/projects/{project}', headers, status: 204, always: true },
      { name: 'list again', path: '/projects', headers, excludes: { '$.items': { id: '{project}' } } },
      { name: 'delete user', method: 'DELETE', path: '/users/{user}', headers, status: 204, always: true },
    ],
  };
}
