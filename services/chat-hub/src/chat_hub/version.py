"""What the hub calls itself; one word, as numeric 004 and 351 want it."""

from livechat import __version__

VERSION = f"livechat-{__version__}"
