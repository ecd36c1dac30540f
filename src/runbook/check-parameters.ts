import type { Finding } from '../yaml/schema-findings.js';
import type { ParameterFile } from './schema.js';

/** Parameters whose type, options and default do not go together. */
export function checkParameters(parameters: Readonly<Record<string, ParameterFile>>): readonly Finding[] {
  return Object.entries(parameters).flatMap(([name, parameter]) => {
    const at = (key: string, message: string): Finding => ({ path: ['params', name, key], part: 'key', message });
    const { type, options, required, default: preset } = parameter;
    const findings: Finding[] = [];
    if (type === 'choice' && options === undefined) findings.push({ path: ['params', name], part: 'key', message: `"${name}" is a choice: give it "options"` });
    if (type !== 'choice' && options !== undefined) findings.push(at('options', '"options" is for "type: choice"'));
    if (preset === undefined) return findings;
    if (required) findings.push(at('default', 'a parameter with a default is never missing: drop "required" or "default"'));
    if (type === 'release') findings.push(at('default', 'a release has no default: the last known good one is proposed'));
    else if (type === 'choice' && options !== undefined && !options.includes(String(preset))) findings.push(at('default', `the default is not one of the options ${options.join(', ')}`));
    else if ((type === 'number' || type === 'boolean') !== (typeof preset !== 'string') || (typeof preset !== 'string' && typeof preset !== type)) findings.push(at('default', `the default is not of the type ${type}`));
    return findings;
  });
}
