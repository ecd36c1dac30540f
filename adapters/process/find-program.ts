import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** The file that `name` stands for, or one sentence about why there is none. */
export type FoundProgram = { readonly path: string } | { readonly missing: string };

/**
 * Finds a program as execvp(3) would: a name with a slash is a path from the working folder, any other is looked up
 * in `path`. Done before the start, so that a missing program is told apart from a program that fails.
 */
export async function findProgram(name: string, path: string, cwd: string): Promise<FoundProgram> {
  if (!(await isFolder(cwd))) return { missing: `The working folder ${cwd} does not exist.` };
  if (name.includes('/')) {
    const file = isAbsolute(name) ? name : resolve(cwd, name);
    if (await isProgram(file)) return { path: file };
    return { missing: (await exists(file)) ? `${file} may not be executed.` : `${file} does not exist.` };
  }
  for (const directory of path.split(delimiter)) {
    // An empty entry means the working folder to execvp; that is how a stray file becomes a command, so it is left out.
    if (directory === '') continue;
    const file = join(resolve(cwd, directory), name);
    if (await isProgram(file)) return { path: file };
  }
  return { missing: `${name} was not found on PATH (${path}).` };
}

async function isProgram(file: string): Promise<boolean> {
  const executable = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  return executable && !(await isFolder(file));
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
