import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Delivery } from '../../src/command/command.js';
import type { AcceptDelivery } from '../../src/ports/chat.js';
import type { Log } from '../../src/ports/log.js';
import { alertKey } from '../../src/watch/concern.js';
import { answerText, postRoute, type WebRoute } from './route.js';

export interface AlertmanagerOptions {
  /** PLANB_HOOK_TOKEN; without one nothing is taken. */
  readonly token?: string;
  readonly accept: AcceptDelivery;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** Milliseconds since the epoch. Default: this machine's clock. */
  readonly now?: () => number;
}

const path = '/hooks/alertmanager';
const maxBytes = 1024 * 1024;
/** An alert that goes on firing is judged again when Alertmanager repeats it after so long: it may have begun before there was a watch. What was told once is not told again. */
const againMs = 10 * 60_000;

const labels = z.record(z.string().max(200), z.string().max(10_000));
/** Alertmanager's webhook, version 4: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. More keys are fine: it adds some now and then. */
const payload = z.object({
  version: z.literal('4'),
  groupKey: z.string().max(10_000),
  alerts: z.array(z.object({
    status: z.enum(['firing', 'resolved']), labels, annotations: labels.default({}), startsAt: z.iso.datetime({ offset: true }), fingerprint: z.string().min(1).max(200),
  })),
});

/**
 * `/hooks/alertmanager`: each alert becomes a delivery, stored before it is acknowledged; a copy within ten minutes has the same id. Whatever Alertmanager cannot mend by sending it again (a forged token, a body that is none) is
 * a 4xx, which it does not repeat; only what planb could not store is a 503, which it does.
 */
export function alertmanagerRoute({ token, accept, log, now = Date.now }: AlertmanagerOptions): WebRoute {
  return postRoute(path, async (request, response) => {
    if (token === undefined) {
      request.resume();
      log.warn({ path }, 'an alert was not taken: PLANB_HOOK_TOKEN is not set');
      answerText(response, 404, 'no hook here: PLANB_HOOK_TOKEN is not set');
      return;
    }
    if (!isBearer(request.headers.authorization, token)) {
      request.resume();
      log.warn({ path, from: request.socket.remoteAddress }, 'an alert was refused: its token is wrong or missing');
      answerText(response, 401, 'wrong token', { 'www-authenticate': 'Bearer' });
      return;
    }
    const read = payload.safeParse(parseJson(await readText(request)));
    if (!read.success) {
      log.warn({ path, problem: read.error.issues.slice(0, 3).map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; ') }, 'an alert could not be read');
      answerText(response, 400, 'no message of Alertmanager (version 4)');
      return;
    }
    await store(deliveriesOf(read.data, now()), accept, log, response);
  });
}

async function store(all: readonly Delivery[], accept: AcceptDelivery, log: Pick<Log, 'error'>, response: ServerResponse): Promise<void> {
  try {
    for (const delivery of all) await accept(delivery);
  } catch (error) {
    log.error({ path, error }, 'alerts could not be stored; Alertmanager sends them again');
    answerText(response, 503, 'could not be stored, send it again');
    return;
  }
  answerText(response, 200, 'taken');
}

/** One alert, one delivery; firing and resolved are two, however often each comes within a while. */
function deliveriesOf({ groupKey, alerts }: z.output<typeof payload>, now: number): readonly Delivery[] {
  return alerts.map(({ status, labels: named, annotations, startsAt, fingerprint }): Delivery => {
    const key = alertKey(groupKey, fingerprint, startsAt);
    return {
      id: `hook:alertmanager:${status}:${key}${status === 'firing' ? `:${String(Math.floor(now / againMs))}` : ''}`, actor: { platform: 'cli', userId: 'alertmanager', displayName: 'Alertmanager', barred: 'bot' }, place: { platform: 'cli', channel: '' },
      command: { kind: 'alert', alert: { key, status, labels: named, annotations, startsAt: Date.parse(startsAt) } },
    };
  });
}

/** Hashed first, so that neither the length nor a common beginning takes another time. */
function isBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer (\S{1,1024})$/i.exec(header ?? '')?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token)) && given !== '';
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
