"""Entrance for web servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clearinghouse.settings")
application = get_wsgi_application()

# After the settings: a web server never works as the owner of its tables.
from clearinghouse.guard.checks import watch_connections  # noqa: E402

watch_connections()
