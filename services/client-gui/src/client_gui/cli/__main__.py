"""`python -m client_gui.cli` is `livechat`."""

import sys

from client_gui.cli.main import main

sys.exit(main())
