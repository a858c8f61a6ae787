#!/usr/bin/env python
"""Run Django's commands; `python3 run.py manage ...` starts the servers that they need."""

import os
import sys


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clearinghouse.settings")
    import django  # noqa: PLC0415 - settings first

    django.setup()
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from clearinghouse.access.checks import SYSTEM  # noqa: PLC0415
    from clearinghouse.access.context import acting_for_process  # noqa: PLC0415

    with acting_for_process(SYSTEM):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
