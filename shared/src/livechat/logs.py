"""Log lines on standard error, as text for people or as JSON for collectors.

loguru's `enqueue` stays off: it starts a thread and a pipe that do not go together with gevent, and a line
written at once is a line that is there after a crash.
"""

import json
import sys
from typing import TYPE_CHECKING

from loguru import logger

if TYPE_CHECKING:
    from loguru import Message

_TEXT = "{time:YYYY-MM-DDTHH:mm:ss.SSSZZ} {level: <7} {extra[service]} {message}"


def configure(*, service: str, level: str, log_format: str) -> None:
    """Send all log lines of this process to standard error; `service` names the process in each line."""
    logger.remove()
    logger.configure(extra={"service": service})
    if log_format == "json":
        logger.add(_write_json, level=level, catch=True)
    else:
        logger.add(sys.stderr, level=level, format=_TEXT, catch=True, diagnose=False)


def _write_json(message: "Message") -> None:
    record = message.record
    line = {
        "time": record["time"].isoformat(),
        "level": record["level"].name,
        "message": record["message"],
        **record["extra"],
    }
    if record["exception"] is not None:
        line["exception"] = str(message)
    sys.stderr.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    sys.stderr.flush()
