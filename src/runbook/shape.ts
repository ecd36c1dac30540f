import type { Json } from '../plan/plan.js';

/** What is known of a value before there is one: enough to tell a property that can never be there. */
export type Shape =
  | { readonly kind: 'any' }
  | { readonly kind: 'plain' }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'mapping'; readonly properties: Readonly<Record<string, Shape>> };

export type ContextShapes = Readonly<Record<string, Shape>>;

export const anyShape: Shape = { kind: 'any' };
export const plainShape: Shape = { kind: 'plain' };

export function mappingShape(properties: Readonly<Record<string, Shape>>): Shape {
  return { kind: 'mapping', properties };
}

/** The shape of a value that is there. Items of a list may differ, so nothing is known of them together. */
export function shapeOf(value: Json): Shape {
  if (typeof value !== 'object' || value === null) return value === null ? anyShape : plainShape;
  if (Array.isArray(value)) return { kind: 'list', item: anyShape };
  return mappingShape(Object.fromEntries(Object.entries(value).map(([key, item]: [string, Json]) => [key, shapeOf(item)])));
}

/** What every runbook can read. Which facts there are is known only once the live system was read. */
export function contextShapes(parameters: readonly string[], target: Shape): ContextShapes {
  return {
    target,
    run: mappingShape({ id: plainShape, scope: plainShape, from: plainShape }),
    params: mappingShape(Object.fromEntries(parameters.map((name) => [name, plainShape]))),
    facts: anyShape,
    verdict: mappingShape({ kind: plainShape, reasons: { kind: 'list', item: plainShape }, lost: { kind: 'list', item: plainShape }, scenario: plainShape, data: plainShape, reachable: plainShape, since: plainShape, moment: plainShape }),
    channel: mappingShape({ id: plainShape, locale: plainShape, slack: plainShape, telegram: mappingShape({ channel: plainShape, thread: plainShape }) }),
  };
}
