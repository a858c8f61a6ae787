"""Lets `python -m clearinghouse.engine` run the command line."""

import sys

from .cli import main

sys.exit(main())
