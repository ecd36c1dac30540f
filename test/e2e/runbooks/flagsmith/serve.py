# Plays Flagsmith: a real Django project whose start applies its migrations (migrate-and-serve), with Flagsmith's health paths.
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'app.settings')
import django

django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

VERSION = open('/app/version').read().strip()


def is_ready():
    executor = MigrationExecutor(connection)
    ready = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    return ready


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == '/health/liveness/':
            self.answer(200, {'status': 'ok'})
        elif self.path == '/health/readiness/':
            ready = is_ready()
            self.answer(200 if ready else 503, {'status': 'ok' if ready else 'unapplied migrations'})
        elif self.path == '/version/':
            self.answer(200, {'image_tag': VERSION})
        else:
            self.answer(404, {})

    def log_message(self, *words):
        pass


def migrate():
    # The database may come up later than this.
    for _ in range(120):
        try:
            call_command('migrate', verbosity=0)
            return
        except django.db.utils.OperationalError:
            time.sleep(0.5)
    sys.exit('no database')


if sys.argv[1:] == ['task-processor']:
    print('processing tasks', flush=True)
    threading.Event().wait()
migrate()
print('Flagsmith', VERSION, 'serves', flush=True)
ThreadingHTTPServer(('0.0.0.0', 8000), Handler).serve_forever()
