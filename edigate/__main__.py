"""`python -m edigate`: the same as the `edigate` command, for where scripts aren't on the path."""

import sys

from edigate.cli import main

sys.exit(main())
