import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { tempFolder } from '../temp-folder.js';

/** Debian's Python, whose packages python3-django and python3-psycopg2 are; a version manager's own has neither. */
export const python = '/usr/bin/python3';

/** One migration file: its operations as Python, and what it depends on (`app.name`). */
export interface MigrationText {
  readonly ops: string;
  /** `app.name`; absent: the one above it in its app, if there is one. */
  readonly after?: readonly string[];
  /** More of the class body: `atomic = False`, `replaces = […]`. */
  readonly body?: string;
  /** Above the class: functions. */
  readonly top?: string;
}

export type Apps = Readonly<Record<string, Readonly<Record<string, string | MigrationText>>>>;

export interface DjangoRelease {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** As an input of django.reverse. */
  readonly source: { readonly program: [string, ...string[]]; readonly cwd: string; readonly env: Record<string, string> };
  manage(...args: string[]): Promise<{ readonly code: number; readonly output: string }>;
}

export interface ReleaseOptions {
  /** URLs by alias. */
  readonly databases: Readonly<Record<string, string>>;
  /** The body of a router's `allow_migrate(self, db, app_label, **hints)`. */
  readonly router?: string;
  readonly zone?: string;
  /** Apps of Django's own, before the release's. */
  readonly contrib?: readonly string[];
}

/** Writes one release of a project into a folder of its own: settings, manage.py, apps with migrations. The models are those of the migrations; no code reads them. */
export async function djangoRelease(apps: Apps, { databases, router, zone = 'UTC', contrib = [] }: ReleaseOptions): Promise<DjangoRelease> {
  const folder = await tempFolder('planb-django');
  await write(folder, 'manage.py', `import os, sys\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n`);
  await write(folder, 'project/__init__.py', '');
  await write(folder, 'project/router.py', `class Router:\n    def allow_migrate(self, db, app_label, **hints):\n        ${router ?? 'return None'}\n`);
  await write(folder, 'project/settings.py', `
import os
from urllib.parse import urlsplit, unquote, parse_qs

def database(url):
    parts = urlsplit(url)
    host = parse_qs(parts.query).get('host', [parts.hostname or ''])[0]
    return {'ENGINE': 'django.db.backends.postgresql', 'NAME': parts.path[1:], 'USER': unquote(parts.username or ''), 'PASSWORD': unquote(parts.password or ''), 'HOST': host, 'PORT': str(parts.port or '')}

# Something that prints and knows no database, as real settings do.
print('loading settings')
DATABASES = {alias: database(os.environ.get('DATABASE_' + alias.upper(), '')) for alias in ${JSON.stringify(Object.keys(databases))}}
DATABASE_ROUTERS = ['project.router.Router']
INSTALLED_APPS = ${JSON.stringify([...contrib, ...Object.keys(apps)])}
SECRET_KEY = 'not a secret'
USE_TZ = True
TIME_ZONE = ${JSON.stringify(zone)}
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
`);
  for (const [app, migrations] of Object.entries(apps)) {
    await write(folder, `${app}/__init__.py`, '');
    await write(folder, `${app}/migrations/__init__.py`, '');
    const names = Object.keys(migrations);
    for (const [index, name] of names.entries()) {
      const given = migrations[name] ?? '';
      const text: MigrationText = typeof given === 'string' ? { ops: given } : given;
      const previous = names[index - 1];
      const after = (text.after ?? (previous === undefined ? [] : [`${app}.${previous}`])).map((id) => JSON.stringify(id.split('.')).replace('[', '(').replace(']', ')'));
      await write(folder, `${app}/migrations/${name}.py`, `from django.db import migrations, models\n${text.top ?? ''}\n\nclass Migration(migrations.Migration):\n    dependencies = [${after.join(', ')}]\n    ${text.body ?? ''}\n    operations = [${text.ops}]\n`);
    }
  }
  // Modules are read afresh though a file may be written twice within the clock's second.
  const env = { PYTHONDONTWRITEBYTECODE: '1', ...Object.fromEntries(Object.entries(databases).map(([alias, url]) => [`DATABASE_${alias.toUpperCase()}`, url])) };
  return {
    folder, env,
    source: { program: [python], cwd: folder, env },
    manage: (...args) => new Promise((resolve) => {
      execFile(python, ['manage.py', ...args], { cwd: folder, env: { PATH: '/usr/bin:/bin', ...env }, encoding: 'utf8' }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, output: stdout + stderr });
      });
    }),
  };
}

async function write(folder: string, path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}

const key = `('id', models.AutoField(primary_key=True, serialize=False))`;

/** A model with an id and these fields, as `name: 'models.…'`. */
export function createModel(name: string, fields: Readonly<Record<string, string>> = {}, options = ''): string {
  return `migrations.CreateModel(name=${JSON.stringify(name)}, fields=[${[key, ...Object.entries(fields).map(([field, type]) => `(${JSON.stringify(field)}, ${type})`)].join(', ')}]${options})`;
}

export function addField(model: string, name: string, field: string): string {
  return `migrations.AddField(model_name=${JSON.stringify(model.toLowerCase())}, name=${JSON.stringify(name)}, field=${field})`;
}
