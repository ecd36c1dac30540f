import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import type { TargetSettings } from '../../../src/runbook/target-settings.js';
import type { CliServices } from '../services.js';
import type { InitSetting } from './answers.js';

/** What a runbook that is there already reads of a target's `with`; undefined: it does not say, or there is none yet. */
export async function readSettings(runbook: string, folder: string, services: Pick<CliServices, 'readRunbook'>): Promise<TargetSettings | undefined> {
  const found = await services.readRunbook(runbook, folder);
  if (!found.ok) return undefined;
  const parsed = parseRunbook(found.text, runbook);
  return parsed.ok ? parsed.runbook.settings : undefined;
}

/** What somebody typed, as the setting wants it: `web, worker` for a list. */
export function typedSetting(text: string, type: TargetSettings[string]['type'] | undefined): InitSetting {
  if (type === 'list') return text.split(',').map((item) => item.trim()).filter((item) => item !== '');
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return type === 'number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

export function typedSettings(given: Readonly<Record<string, string>>, settings: TargetSettings | undefined): Readonly<Record<string, InitSetting>> {
  return Object.fromEntries(Object.entries(given).map(([key, text]) => [key, typedSetting(text, settings?.[key]?.type)]));
}

/** What may be set as well, as comment lines for planb.yaml. */
export function optionalLines(settings: TargetSettings | undefined, given: Readonly<Record<string, InitSetting>>): readonly string[] {
  return Object.entries(settings ?? {}).filter(([key, { required }]) => !required && !Object.hasOwn(given, key)).map(([key, { type, description, default: preset }]) => {
    const notes = [...(description === undefined ? [] : [description]), ...(type === 'string' ? [] : [type]), ...(preset === undefined ? [] : [`default ${JSON.stringify(preset)}`])];
    return `# ${key}:${notes.length === 0 ? '' : `   ${notes.join('; ')}`}`;
  });
}
