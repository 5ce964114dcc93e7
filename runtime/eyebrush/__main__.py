"""``python -m eyebrush`` is the command ``eyebrush``."""

import sys

from eyebrush.cli import main

sys.exit(main())
