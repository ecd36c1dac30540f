"""
Fed to a release's own Python on standard input: prints every migration that the release ships, third-party apps included, as one line of JSON.

It opens no database and starts no application: Django's loader reads the migrations from disk, and the models' history is followed on paper. Python 3.6 and
Django 2.2 can read it. Which effects matter is decided where the line is read; here nothing is judged.
"""
import ast
import json
import os
import sys

MARK = 'PLANB-DJANGO-GRAPH:'
# Whatever settings and apps print must not come between.
OUT = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)


def answer(value):
    OUT.write(MARK + json.dumps(value) + '\n')
    OUT.flush()


def settings_of_manage():
    """What manage.py gives as DJANGO_SETTINGS_MODULE, read from its text: running it could do anything."""
    try:
        with open('manage.py', 'rb') as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') == 'setdefault' and len(node.args) == 2:
            name, value = [getattr(part, 'value', getattr(part, 's', None)) for part in node.args]
            if name == 'DJANGO_SETTINGS_MODULE':
                return value
    return None


def kind_of(operation):
    from django.db import migrations as m
    known = [
        ('Separate', m.SeparateDatabaseAndState), ('RunSQL', m.RunSQL), ('RunPython', m.RunPython), ('CreateModel', m.CreateModel), ('DeleteModel', m.DeleteModel),
        ('RenameModel', m.RenameModel), ('AlterModelTable', m.AlterModelTable), ('AddField', m.AddField), ('RemoveField', m.RemoveField), ('AlterField', m.AlterField),
        ('RenameField', m.RenameField), ('AddIndex', m.AddIndex), ('RemoveIndex', m.RemoveIndex), ('AddConstraint', m.AddConstraint), ('RemoveConstraint', m.RemoveConstraint),
        ('AlterUniqueTogether', m.AlterUniqueTogether), ('AlterIndexTogether', getattr(m, 'AlterIndexTogether', ())), ('RenameIndex', getattr(m, 'RenameIndex', ())),
        ('StateOnly', (m.AlterModelOptions, m.AlterModelManagers)), ('AlterOrderWithRespectTo', m.AlterOrderWithRespectTo),
    ]
    # A subclass with code of its own for the database does what nobody here knows.
    for kind, base in known:
        if base and isinstance(operation, base):
            module = type(operation).__module__
            return kind if module.startswith(('django.db.migrations', 'django.contrib.postgres')) or not overrides(operation) else 'Other'
    if any(base.__name__ == 'CreateExtension' and base.__module__ == 'django.contrib.postgres.operations' for base in type(operation).__mro__):
        return 'CreateExtension'
    return 'Other'


def overrides(operation):
    for base in type(operation).__mro__:
        if base.__module__.startswith(('django.db.migrations', 'django.contrib.postgres')):
            return False
        if 'database_forwards' in vars(base) or 'database_backwards' in vars(base):
            return True
    return False


def fields_of(model):
    return dict(model.fields)


def bound(name, field):
    copy = field.clone()
    copy.set_attributes_from_name(name)
    return copy


def table_of(state, app, model):
    from django.db.backends.utils import truncate_name
    options = state.models[app, model.lower()].options
    return options.get('db_table') or truncate_name('%s_%s' % (app, model.lower()), 63)


def is_real(state, app, model):
    options = state.models[app, model.lower()].options
    return not options.get('proxy') and options.get('managed', True)


def referenced(state, app, field):
    """The table that a foreign key points at; its deletion of rows meets the new key."""
    remote = getattr(field, 'remote_field', None)
    if remote is None or not getattr(field, 'db_constraint', True):
        return None
    model = remote.model
    if not isinstance(model, str):
        return model._meta.db_table
    from django.conf import settings
    label = settings.AUTH_USER_MODEL if model == 'settings.AUTH_USER_MODEL' else model
    owner, name = label.split('.') if '.' in label else (app, label)
    return table_of(state, owner, name) if (owner, name.lower()) in state.models else None


def link_table(state, app, model, name, field):
    """The table that Django makes for a many-to-many field; None where a model of its own holds the links."""
    from django.db.backends.utils import truncate_name
    through = getattr(field.remote_field, 'through', None)
    if through is not None and not getattr(getattr(through, '_meta', None), 'auto_created', False):
        return None
    return field.db_table or truncate_name('%s_%s' % (table_of(state, app, model), name), 63)


def scalar(field):
    from django.db.models.fields import NOT_PROVIDED
    value = field.default
    if value is NOT_PROVIDED and not field.null and field.blank and field.empty_strings_allowed:
        return {'default': ''}
    if value is NOT_PROVIDED or callable(value) or not isinstance(value, (str, int, float, bool)):
        return {}
    return {'default': ('true' if value else 'false') if isinstance(value, bool) else str(value)}


def describe_field(state, app, model, name, field):
    from django.db.models.fields import NOT_PROVIDED
    if field.many_to_many:
        table = link_table(state, app, model, name, field)
        return {'link': table} if table else {}
    copy = bound(name, field)
    if copy.column is None:
        return {}
    target = referenced(state, app, field)
    told = getattr(field, 'db_default', NOT_PROVIDED) is not NOT_PROVIDED or getattr(field, 'generated', False)
    size = [getattr(field, part, None) for part in ('max_length', 'max_digits', 'decimal_places')]
    return dict({
        'column': copy.column, 'type': field.get_internal_type(), 'size': size, 'null': bool(field.null), 'unique': bool(field.unique), 'databaseDefault': bool(told),
        # What an empty column gets when the field comes back: NULL, a default, or nothing at all.
        'fillable': bool(field.null or field.has_default() or told or (field.blank and field.empty_strings_allowed)),
    }, **dict({'references': target} if target else {}, **scalar(field)))


def sql_texts(sql):
    if sql is None:
        return None
    if isinstance(sql, str):
        return [sql] if sql.strip() else []
    return [part if isinstance(part, str) else part[0] for part in sql]


def code_of(operation):
    from django.db import migrations as m
    code = operation.reverse_code
    if code is None:
        return None
    return 'noop' if code in (m.RunPython.noop, getattr(m.RunPython, 'noop', None)) or getattr(code, '__name__', '') == 'noop' else getattr(code, '__name__', 'a function')


def before(kind, operation, app, state):
    """What is gone once the state has moved on."""
    seen = {}
    model = getattr(operation, 'model_name', None) or (operation.old_name if kind == 'RenameModel' else getattr(operation, 'name', None))
    if not model or (app, model.lower()) not in state.models:
        return seen
    seen['table'] = table_of(state, app, model)
    seen['real'] = is_real(state, app, model)
    fields = fields_of(state.models[app, model.lower()])
    name = {'RenameField': 'old_name', 'RemoveField': 'name', 'AlterField': 'name'}.get(kind)
    if name:
        name = getattr(operation, name)
        # Names of fields are matched without regard to case by some operations.
        found = {key.lower(): key for key in fields}.get(name.lower())
        if found:
            seen['before'] = describe_field(state, app, model, found, fields[found])
    if kind == 'AlterUniqueTogether':
        seen['uniqueBefore'] = together(state, app, model)
    if kind == 'RemoveConstraint':
        found = [one for one in state.models[app, model.lower()].options.get('constraints', []) if one.name == operation.name]
        seen['constraint'] = type(found[0]).__name__ if found else None
    return seen


def together(state, app, model):
    return sorted(list(group) for group in (state.models[app, model.lower()].options.get('unique_together') or ()))


def after(kind, operation, app, state, seen):
    if kind == 'CreateModel':
        seen['table'], seen['real'] = table_of(state, app, operation.name), is_real(state, app, operation.name)
        fields = [describe_field(state, app, operation.name, name, field) for name, field in fields_of(state.models[app, operation.name.lower()]).items()]
        seen['links'] = [field['link'] for field in fields if 'link' in field]
        seen['references'] = sorted({field['references'] for field in fields if 'references' in field})
    elif kind in ('RenameModel', 'AlterModelTable'):
        seen['newTable'] = table_of(state, app, operation.new_name if kind == 'RenameModel' else operation.name)
    elif kind in ('AddField', 'AlterField', 'RenameField'):
        name = operation.new_name if kind == 'RenameField' else operation.name
        field = operation.field if kind != 'RenameField' else fields_of(state.models[app, operation.model_name.lower()]).get(name)
        if field is not None:
            seen['after'] = describe_field(state, app, operation.model_name, name, field)
    elif kind == 'AddConstraint':
        seen['constraint'] = type(operation.constraint).__name__
    elif kind == 'AlterUniqueTogether' and (app, operation.name.lower()) in state.models:
        seen['uniqueAfter'] = together(state, app, operation.name)
    return seen


def databases_for(operation, app, aliases):
    from django.db import router
    model = getattr(operation, 'model_name', None) or getattr(operation, 'name', None)
    hints = dict(getattr(operation, 'hints', {}))
    if isinstance(model, str) and kind_of(operation) not in ('RunSQL', 'RunPython'):
        hints['model_name'] = model.lower()
    allowed = []
    for alias in aliases:
        try:
            if router.allow_migrate(alias, app, **hints):
                allowed.append(alias)
        except Exception:
            # A router that wants the model itself: presumed to be there, so that nothing is overlooked.
            allowed.append(alias)
    return allowed


def read_operation(operation, app, state, aliases):
    kind = kind_of(operation)
    if kind == 'Separate':
        # Django itself calls this reversible whatever it holds, and finds out in the middle. The two lists are followed apart, as it does.
        inner = []
        paper = state.clone()
        for part in operation.database_operations:
            inner.extend(read_operation(part, app, paper, aliases))
        operation.state_forwards(app, state)
        return inner
    seen = before(kind, operation, app, state)
    told = {'kind': kind, 'class': type(operation).__name__, 'says': str(operation.describe()), 'reversible': bool(operation.reversible), 'databases': databases_for(operation, app, aliases)}
    if kind == 'RunSQL':
        told['sql'], told['reverseSql'] = sql_texts(operation.sql), sql_texts(operation.reverse_sql)
    if kind == 'RunPython':
        told['code'], told['reverseCode'] = getattr(operation.code, '__name__', 'a function'), code_of(operation)
    operation.state_forwards(app, state)
    told.update(after(kind, operation, app, state, seen))
    return [told]


def parents_of(loader, key):
    found = []
    for parent in loader.disk_migrations[key].dependencies:
        found.append(tuple(parent))
    for other, migration in loader.disk_migrations.items():
        if any(tuple(child) == key for child in migration.run_before):
            found.append(other)
    return [parent for parent in (settle(loader, one, key) for one in found) if parent is not None]


def settle(loader, parent, key):
    """__first__ and __latest__ as migrations; None where Django ignores them."""
    app, name = parent
    if name not in ('__first__', '__latest__'):
        return parent
    if app == key[0] or app not in loader.migrated_apps:
        return None
    nodes = loader.graph.root_nodes(app) if name == '__first__' else loader.graph.leaf_nodes(app)
    return tuple(nodes[0]) if nodes else None


def walk(chosen, parents, instead):
    """Parents before children. `instead`: what stands for a migration that is not among the chosen."""
    done, order = set(), []
    for start in sorted(chosen):
        stack = [(start, False)]
        while stack:
            key, seen = stack.pop()
            if seen:
                if key not in done:
                    done.add(key)
                    order.append(key)
                continue
            if key in done:
                continue
            stack.append((key, True))
            for parent in parents[key]:
                for one in instead.get(parent, [parent]):
                    if one in chosen and one not in done and one != key:
                        stack.append((one, False))
    return order


def read_operations(loader, parents, chosen, instead, aliases):
    from django.db.migrations.state import ProjectState
    state, read = ProjectState(), {}
    for key in walk(chosen, parents, instead):
        migration = loader.disk_migrations[key]
        read[key] = [told for operation in migration.operations for told in read_operation(operation, key[0], state, aliases)]
    return read


def read():
    if not os.environ.get('DJANGO_SETTINGS_MODULE'):
        found = settings_of_manage()
        if not found:
            return {'error': 'neither DJANGO_SETTINGS_MODULE nor a manage.py in %s tells the settings module' % os.getcwd()}
        os.environ['DJANGO_SETTINGS_MODULE'] = found
    sys.path.insert(0, os.getcwd())
    import django
    from django.conf import settings
    django.setup()
    from django.db.migrations.loader import MigrationLoader
    loader = MigrationLoader(None, ignore_no_migrations=True)
    disk = loader.disk_migrations
    aliases = sorted(settings.DATABASES) or ['default']
    parents = {key: parents_of(loader, key) for key in disk}
    squashed = {key: [tuple(one) for one in migration.replaces] for key, migration in disk.items() if migration.replaces}
    replaced = {one for group in squashed.values() for one in group}
    # Once as a new database would be made, with the squashed ones; once as it grew. A migration that is in both reads the same.
    operations = read_operations(loader, parents, set(disk) - replaced, {one: [key] for key, group in squashed.items() for one in group}, aliases)
    if squashed:
        whole = {key: group for key, group in squashed.items() if all(one in disk for one in group)}
        operations.update(read_operations(loader, parents, set(disk) - set(whole), whole, aliases))
    return {
        'django': django.get_version(), 'settings': os.environ['DJANGO_SETTINGS_MODULE'], 'databases': aliases,
        'migrations': [{
            'app': key[0], 'name': key[1], 'parents': [list(one) for one in sorted(set(parents[key]))], 'replaces': [list(one) for one in squashed.get(key, [])],
            'atomic': bool(disk[key].atomic), 'operations': operations.get(key, []),
        } for key in sorted(disk)],
    }


try:
    answer(read())
except Exception as error:
    answer({'error': '%s: %s' % (type(error).__name__, error)})
