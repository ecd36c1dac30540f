import { copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildImage } from '../../../../demo/images/build.js';
import { copyInto, copyPrograms, listLibraries } from '../../../../demo/images/rootfs.js';

export const older = '2.264.0';
export const newer = '2.265.0';
export const repository = 'planb-test/flagsmith';

const python = '/usr/bin/python3';
const packages = '/usr/lib/python3/dist-packages';
const base = 'planb-test/django:local';

const settings = `import os
from urllib.parse import urlsplit
url = urlsplit(os.environ.get('DATABASE_URL', 'postgres://nobody@nowhere/none'))
DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': url.path[1:], 'USER': url.username, 'PASSWORD': url.password, 'HOST': url.hostname, 'PORT': url.port}}
INSTALLED_APPS = ['features']
SECRET_KEY = 'not a secret'
USE_TZ = True
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
`;
const manage = `import os, sys
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'app.settings')
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
`;
const initial = `from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.CreateModel('Feature', [('id', models.AutoField(primary_key=True)), ('name', models.CharField(max_length=50))])]
`;
/** NOT NULL without a default in the database, as Django leaves it: older code's INSERT fails on it. */
const rank = `from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [('features', '0001_initial')]
    operations = [migrations.AddField('Feature', 'rank', models.IntegerField(default=0))]
`;
const releases = [{ tag: older, migrations: { '0001_initial': initial } }, { tag: newer, migrations: { '0001_initial': initial, '0002_rank': rank } }] as const;

/** Debian's own Python and Django, in an image without a registry. */
async function buildDjango(): Promise<void> {
  await buildImage(base, {}, async (context) => {
    const root = join(context, 'root');
    await copyPrograms(root, { [python]: '/usr/bin/python' });
    const version = (await readdir('/usr/lib')).filter((name) => /^python3\.\d+$/.test(name)).at(-1) ?? '';
    await cp(join('/usr/lib', version), join(root, 'usr/lib', version), { recursive: true, dereference: true, filter: (path) => !/\/(?:test|idlelib|__pycache__|config-[^/]+)(?:\/|$)/.test(path) });
    for (const name of (await readdir(packages)).filter((entry) => /^(?:django|asgiref|sqlparse|pytz|psycopg2|backports|typing_extensions)(?:$|[-._])/i.test(entry))) {
      await cp(join(packages, name), join(root, packages, name), { recursive: true, dereference: true, filter: (path) => !/\/(?:__pycache__|locale)(?:\/|$)/.test(path) || /\/conf\/locale/.test(path) });
    }
    const modules = [...(await readdir(join('/usr/lib', version, 'lib-dynload'))).map((name) => join('/usr/lib', version, 'lib-dynload', name)), ...(await readdir(join(packages, 'psycopg2'))).filter((name) => name.endsWith('.so')).map((name) => join(packages, 'psycopg2', name))];
    for (const library of await listLibraries(modules.filter((name) => name.endsWith('.so')))) await copyInto(root, library);
    await cp('/usr/share/zoneinfo', join(root, 'usr/share/zoneinfo'), { recursive: true, dereference: true });
    await mkdir(join(root, 'tmp'));
    return 'FROM scratch\nCOPY root/ /\nENV PATH=/usr/bin PYTHONDONTWRITEBYTECODE=1\n';
  });
}

/** Two releases of a Flagsmith that only plays, on real Django. */
export async function buildFlagsmithImages(): Promise<void> {
  await buildDjango();
  for (const { tag, migrations } of releases) {
    await buildImage(`${repository}:${tag}`, {}, async (context) => {
      const write = async (path: string, text: string): Promise<void> => {
        const file = join(context, 'app', path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      };
      await write('version', tag);
      await write('manage.py', manage);
      await write('app/__init__.py', '');
      await write('app/settings.py', settings);
      await write('features/__init__.py', '');
      await write('features/migrations/__init__.py', '');
      for (const [name, text] of Object.entries(migrations)) await write(`features/migrations/${name}.py`, text);
      await copyFile(new URL('serve.py', import.meta.url), join(context, 'app/serve.py'));
      return `FROM ${base}\nCOPY app/ /app/\nWORKDIR /app\nENV DJANGO_SETTINGS_MODULE=app.settings\nENTRYPOINT ["python", "/app/serve.py"]\n`;
    });
  }
}
