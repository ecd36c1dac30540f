import { answer, type WebRoute } from './route.js';

/** `/metrics` in Prometheus' text format, which `read` produces. */
export function metricsRoute(read: () => Promise<string> | string): WebRoute {
  return {
    method: 'GET',
    path: '/metrics',
    handle: async (_request, response) => {
      answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await read());
    },
  };
}
