import type { Config } from '../../src/config.js';
import { nearestWord } from '../../src/nearest-word.js';
import type { World } from '../../src/ports/world.js';
import { createMasker, refuseSecret, type Secret } from '../../src/secret/mask.js';
import { abortAfter } from '../abort-after.js';
import { packArchive } from './archive.js';
import { compareEnvironments } from './environment.js';
import { collectMetrics } from './metrics.js';
import { type Piece, joined } from './piece.js';
import { placeAt } from './place.js';
import { writeReadme } from './readme.js';
import { collectSchemas } from './schemas.js';
import { collectServer, type ServerPiece } from './server.js';
import { type CollectSettings, collectSettings } from './settings.js';

export type Collection =
  | { readonly ok: true; readonly archive: Uint8Array; /** `<target>-<time>`: the folder in the archive. */ readonly name: string; readonly files: readonly string[]; readonly missing: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** However long its parts may take. */
const wholeMs = 15 * 60_000;

interface CollectParts {
  readonly config: Config;
  readonly world: World;
}

/** Reads what the analysis after a migration or its way back needs, of both servers, and changes nothing. What cannot be read is listed; only an unknown or unfit target is refused. */
export async function collect({ config, world }: CollectParts, id: string, progress: (line: string) => void): Promise<Collection> {
  const target = Object.hasOwn(config.targets, id) ? config.targets[id] : undefined;
  if (target === undefined) {
    const nearest = nearestWord(id, Object.keys(config.targets));
    return { ok: false, message: `There is no target "${id}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}` };
  }
  const read = collectSettings(target, world.references);
  if (!read.ok) return { ok: false, message: world.mask(read.message) };
  const at = new Date();
  const { pieces, mask } = await readBoth(world, read.settings, progress);
  const { files, missing } = joined(pieces);
  const said = { files: files.map(({ path, about, text }) => ({ path: mask(path), about: mask(about), text })), missing: missing.map((line) => mask(line)) };
  const notAsked = (['old', 'new'] as const).filter((side) => read.settings[`${side}Prometheus`] === undefined).map((side) => `metrics of the ${side} server: the target has no \`${side}Prometheus\``);
  const name = `${target.id}-${at.toISOString().replace(/\.\d+Z$/, 'Z').replaceAll(/[-:]/g, '')}`;
  const readme = { path: 'README.md', text: writeReadme({ title: target.title, at, notAsked, ...said }), about: '' };
  return { ok: true, archive: await packArchive(name, [readme, ...said.files], mask, at), name, files: said.files.map(({ path }) => path), missing: said.missing };
}

async function readBoth(world: World, settings: CollectSettings, progress: (line: string) => void): Promise<{ readonly pieces: readonly Piece[]; readonly mask: (text: string) => string }> {
  const signal = abortAfter(wholeMs);
  const [old, now, databases] = [placeAt(world, settings.oldHost, signal), placeAt(world, settings.newHost, signal), placeAt(world, settings.databasesOn, signal)];
  progress('reading logs and configuration of both servers');
  const servers = await Promise.all([collectServer(old, 'old', settings.oldProject), collectServer(now, 'new', settings.newProject)]);
  const mask = maskOf(world, [{ name: 'oldDatabase', value: settings.oldDatabase }, { name: 'newDatabase', value: settings.newDatabase }, ...servers.flatMap(({ secrets }) => secrets)]);
  progress('reading the schemas of both databases');
  const schemas = await collectSchemas(databases, { old: settings.oldDatabase, new: settings.newDatabase }, mask);
  const { oldPrometheus, newPrometheus } = settings;
  if (oldPrometheus !== undefined || newPrometheus !== undefined) progress('asking Prometheus');
  const metrics = await Promise.all([
    ...(oldPrometheus === undefined ? [] : [collectMetrics(old, 'old', oldPrometheus)]),
    ...(newPrometheus === undefined ? [] : [collectMetrics(now, 'new', newPrometheus)]),
  ]);
  return { pieces: [...servers, schemas, ...metrics, configuration(servers)], mask };
}

/** planb's own secrets first, as everywhere; then what only the servers know. */
function maskOf(world: World, secrets: readonly Secret[]): (text: string) => string {
  const masker = createMasker(secrets.filter((secret) => refuseSecret(secret) === null));
  return (text) => masker.mask(world.mask(text));
}

function configuration([old, now]: readonly [ServerPiece, ServerPiece]): Piece {
  if (old.environment === undefined || now.environment === undefined) return { files: [], missing: ['the difference of the configurations: it needs both .env'] };
  const lines = compareEnvironments(old.environment, now.environment);
  const text = lines.length === 0 ? 'Both .env have the same variables with the same values.\n' : lines.map((line) => `${line}\n`).join('');
  return { files: [{ path: 'config/difference.txt', text, about: `how many variables of .env differ: ${String(lines.length)}; their names, without their values` }], missing: [] };
}
