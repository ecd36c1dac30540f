import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const TEMPLATES = join(import.meta.dirname, '..', 'config');

/**
 * Writes planb.yaml and its runbooks into `folder`. Placeholders stand between quotes and at-signs (`"@shop@/bin/running"`); the runbooks have
 * none: they read the target's `with`.
 *
 * @param targets the templates that follow `targets:`
 * @returns the path of planb.yaml
 */
export async function writeConfig(folder: string, targets: readonly string[], values: Readonly<Record<string, string>>): Promise<string> {
  const parts = await Promise.all(['planb.yaml', ...targets].map((name) => readFile(join(TEMPLATES, name), 'utf8')));
  await mkdir(folder, { recursive: true });
  await cp(join(TEMPLATES, 'runbooks'), join(folder, 'runbooks'), { recursive: true });
  const file = join(folder, 'planb.yaml');
  await writeFile(file, parts.map((part) => fillIn(part, values)).join(''));
  return file;
}

/** YAML's double quotes take what JSON's take, so any path fits. */
function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/@([a-zA-Z]+)@/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template names @${name}@, and there is no such value`);
    return JSON.stringify(value).slice(1, -1);
  });
}
