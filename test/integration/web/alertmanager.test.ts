import { describe, expect, it, onTestFinished } from 'vitest';
import { alertmanagerRoute } from '../../../adapters/web/alertmanager.js';
import { startWeb } from '../../../adapters/web/server.js';
import type { Delivery } from '../../../src/command/command.js';

const token = 'a-hook-token-of-its-own';
const alert = { status: 'firing', labels: { alertname: 'LiteLLMDown', severity: 'critical' }, annotations: { summary: 'down' }, startsAt: '2026-03-01T03:00:00.123Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: 'http://p', fingerprint: 'f1' };
const message = { version: '4', groupKey: '{}:{alertname="LiteLLMDown"}', truncatedAlerts: 0, status: 'firing', receiver: 'planb', groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: 'http://a', alerts: [alert] };

async function hook(options: { readonly token?: string; readonly accept?: (delivery: Delivery) => Promise<'stored' | 'copy'> } = { token }) {
  const stored = new Map<string, Delivery>();
  const warned: string[] = [];
  const clock = { now: Date.UTC(2026, 2, 1, 3) };
  const log = { warn: (_fields: object, text: string) => void warned.push(text), error: (_fields: object, text: string) => void warned.push(text) };
  const accept = options.accept ?? (async (delivery: Delivery) => { const known = stored.has(delivery.id); stored.set(delivery.id, delivery); return known ? 'copy' as const : 'stored' as const; });
  const web = await startWeb({ port: 0, host: '127.0.0.1', routes: [alertmanagerRoute({ ...(options.token === undefined ? {} : { token: options.token }), accept, log, now: () => clock.now })], log });
  onTestFinished(() => web.close());
  const post = async (body: unknown, authorization = `Bearer ${token}`): Promise<number> => {
    const headers: Record<string, string> = { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) };
    return (await fetch(`http://127.0.0.1:${String(web.port)}/hooks/alertmanager`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })).status;
  };
  return { post, stored, warned, clock };
}

describe('/hooks/alertmanager', () => {
  it('stores each alert before it answers, and a copy once', async () => {
    const { post, stored } = await hook();
    expect(await post(message)).toBe(200);
    expect(await post(message)).toBe(200);
    expect([...stored.values()]).toMatchObject([{ actor: { barred: 'bot' }, command: { kind: 'alert', alert: { status: 'firing', labels: alert.labels, startsAt: Date.parse(alert.startsAt) } } }]);
    // Its end, another one of the group, and the same firing anew are deliveries of their own.
    await post({ ...message, alerts: [{ ...alert, status: 'resolved' }, { ...alert, fingerprint: 'f2' }, { ...alert, startsAt: '2026-03-01T04:00:00Z' }] });
    expect(stored.size).toBe(4);
  });

  it('takes an alert that goes on firing once more after a while: it may have begun before there was a watch', async () => {
    const { post, stored, clock } = await hook();
    await post(message);
    clock.now += 9 * 60_000;
    await post(message);
    expect(stored.size).toBe(1);
    clock.now += 60_000;
    await post(message);
    // The alert's own key is the same, so whatever it was told as is told once.
    expect([...stored.values()].map(({ command }) => command.kind === 'alert' && command.alert.key)).toEqual(Array.from({ length: 2 }, () => expect.stringMatching(/^[0-9a-f]{24}$/) as string));
    expect(new Set([...stored.values()].map(({ command }) => command.kind === 'alert' && command.alert.key)).size).toBe(1);
    await post({ ...message, alerts: [{ ...alert, status: 'resolved' }] });
    clock.now += 60 * 60_000;
    await post({ ...message, alerts: [{ ...alert, status: 'resolved' }] });
    expect(stored.size).toBe(3);
  });

  it.each([['a wrong token', 'Bearer another'], ['none', ''], ['another scheme', `Basic ${token}`], ['an empty one', 'Bearer '], ['a longer one', `Bearer ${token}x`]])('refuses %s, and says so in the log', async (_what, authorization) => {
    const { post, stored, warned } = await hook();
    expect(await post(message, authorization)).toBe(401);
    expect(stored.size).toBe(0);
    expect(warned).toEqual([expect.stringContaining('token is wrong or missing')]);
  });

  it('takes nothing where no token is configured', async () => {
    const { post, warned } = await hook({});
    expect(await post(message)).toBe(404);
    expect(warned).toEqual([expect.stringContaining('PLANB_HOOK_TOKEN is not set')]);
  });

  it.each([['no JSON', '{"version":'], ['another version', { ...message, version: '3' }], ['no alerts', { ...message, alerts: undefined }], ['labels that are no texts', { ...message, alerts: [{ ...alert, labels: { alertname: 7 } }] }], ['a time that is none', { ...message, alerts: [{ ...alert, startsAt: 'yesterday' }] }], ['a list', []]])(
    'refuses %s with a 4xx, which Alertmanager does not repeat', async (_what, body) => {
      const { post, stored } = await hook();
      expect(await post(body)).toBe(400);
      expect(stored.size).toBe(0);
    });

  it('asks for a repetition only where planb could not store it', async () => {
    const { post } = await hook({ token, accept: () => Promise.reject(new Error('PostgreSQL is away')) });
    expect(await post(message)).toBe(503);
  });

  it('takes a group of any size that fits into the body', async () => {
    const { post, stored } = await hook();
    expect(await post({ ...message, alerts: Array.from({ length: 1_500 }, (_, index) => ({ ...alert, fingerprint: `f${String(index)}` })) })).toBe(200);
    expect(stored.size).toBe(1_500);
  });

  it('limits the body', async () => {
    const { post } = await hook();
    expect(await post({ ...message, padding: 'x'.repeat(2_000_000) })).toBe(413);
  });
});
