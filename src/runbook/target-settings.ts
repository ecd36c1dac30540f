import { nearestWord } from '../nearest-word.js';
import type { Json, JsonObject } from '../plan/plan.js';
import { findPropertyClashes } from '../yaml/property-names.js';
import type { Finding } from '../yaml/schema-findings.js';
import type { SettingFile } from './schema.js';
import { anyShape, mappingShape, plainShape, type Shape } from './shape.js';

/** A `target:` entry of a runbook: what it reads of the target's `with`. */
export interface TargetSetting {
  readonly type: SettingFile['type'];
  readonly required: boolean;
  readonly default?: Json;
  readonly description?: string;
}

export type TargetSettings = Readonly<Record<string, TargetSetting>>;

/** A value of a target's `with` that its runbook cannot use; `missing`: it is not there. */
export interface WrongSetting {
  readonly key: string;
  readonly missing: boolean;
  readonly message: string;
  readonly nearest?: string;
}

/** What every target has by itself, and no `with` can hold. */
const ownNames: readonly string[] = ['id', 'title', 'environment'];

/** The target's `with` as the runbook reads it: defaults filled in, and null for what may be left out and is. */
export function fillSettings(settings: TargetSettings | undefined, given: JsonObject): JsonObject {
  const filled = Object.entries(settings ?? {}).map(([key, setting]): [string, Json] => [key, setting.default ?? null]);
  return { ...Object.fromEntries(filled), ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) };
}

/** What a target has to set and does not, and what it sets to something of another type. Keys that the runbook does not name may be another runbook's. */
export function findWrongSettings(settings: TargetSettings | undefined, given: JsonObject): readonly WrongSetting[] {
  const known = Object.keys(settings ?? {});
  return Object.entries(settings ?? {}).flatMap(([key, { type, required, description }]): readonly WrongSetting[] => {
    const value = Object.hasOwn(given, key) ? given[key] ?? null : null;
    if (value !== null) return isOfType(value, type) ? [] : [{ key, missing: false, message: `"${key}" has to be ${typeWords[type]}, found ${typeWords[typeOf(value)]}` }];
    if (!required) return [];
    const nearest = nearestWord(key, Object.keys(given).filter((other) => !known.includes(other)));
    const what = description === undefined ? '' : `: ${description}`;
    return [{ key, missing: true, message: `"with" lacks "${key}"${what}`, ...(nearest === undefined ? {} : { nearest: `${nearest}, which is there` }) }];
  });
}

/** Entries of `target:` that contradict themselves. */
export function checkSettings(settings: Readonly<Record<string, SettingFile>>): readonly Finding[] {
  const clashes = findPropertyClashes(Object.fromEntries(Object.keys(settings).map((key) => [key, null]))).map(({ path, message }): Finding => ({ path: ['target', ...path], part: 'key', message }));
  return [...clashes, ...Object.entries(settings).flatMap(([key, { type, required, default: preset }]): readonly Finding[] => {
    if (ownNames.includes(key)) return [{ path: ['target', key], part: 'key', message: `every target has its own "${key}"` }];
    if (preset === undefined) return [];
    const at = (message: string): readonly Finding[] => [{ path: ['target', key, 'default'], part: 'key', message }];
    if (required) return at('a setting with a default is never missing: drop "required" or "default"');
    return isOfType(preset, type) ? [] : at(`the default is not ${typeWords[type]}`);
  })];
}

/** What expressions can know of `target` before there is one; undefined: anything. */
export function settingShapes(settings: TargetSettings | undefined): Shape {
  if (settings === undefined) return anyShape;
  const own = Object.fromEntries(ownNames.map((name): [string, Shape] => [name, plainShape]));
  return mappingShape({ ...Object.fromEntries(Object.entries(settings).map(([key, { type }]) => [key, shapes[type]])), ...own });
}

const shapes: Readonly<Record<TargetSetting['type'], Shape>> = { string: plainShape, number: plainShape, boolean: plainShape, list: { kind: 'list', item: anyShape }, mapping: anyShape };
const typeWords: Readonly<Record<TargetSetting['type'], string>> = { string: 'text', number: 'a number', boolean: 'true or false', list: 'a list', mapping: 'a mapping' };

function isOfType(value: Json, type: TargetSetting['type']): boolean {
  return typeOf(value) === type;
}

function typeOf(value: Json): TargetSetting['type'] {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return typeof value as 'string' | 'number' | 'boolean';
  return 'mapping';
}
