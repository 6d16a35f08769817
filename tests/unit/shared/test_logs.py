"""livechat.logs: one line for each event, for people or for collectors."""

import json

import pytest
from livechat import logs
from loguru import logger


def test_text_lines_have_time_level_service_and_message(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(service="hub", level="INFO", log_format="text")
    logger.info("ready on {}", 6667)
    logger.debug("not shown")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert " INFO    hub ready on 6667" in line


def test_json_lines_are_objects_with_what_was_bound(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(service="files", level="DEBUG", log_format="json")
    logger.bind(name="λόγος.txt").debug("hashed\nand indexed")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    record = json.loads(lines[0])
    assert (record["level"], record["service"], record["name"]) == ("DEBUG", "files", "λόγος.txt")
    assert record["message"] == "hashed\nand indexed"
    assert "T" in record["time"]


def test_an_exception_stays_within_its_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(service="hub", level="INFO", log_format="json")
    try:
        raise ValueError("broken")
    except ValueError:
        logger.exception("it went wrong")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "ValueError: broken" in json.loads(lines[0])["exception"]
