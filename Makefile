# Thin on purpose: each target hands over to scripts/ (Python, standard library only).
# Variables: STACK=compose|processes (up), FOLLOW=1 (logs), ONLY="unit lint" (test), FUZZ_S=60 (fuzz),
# PYTHON=… (what to make .venv with).

PYTHON3 := $(firstword $(foreach name,python3 python python3.13 python3.12 python3.11,$(shell command -v $(name) 2>/dev/null)))
TARGETS := install up down logs status client test test-long lint fuzz bench clean help

export STACK FOLLOW ONLY PYTHON FUZZ_S

.DEFAULT_GOAL := help
.PHONY: $(TARGETS)

$(TARGETS):
ifeq ($(PYTHON3),)
	@echo "Python 3.11 or newer is missing. Debian, Ubuntu: sudo apt install python3 python3-venv python3-tk" >&2; exit 1
else
	@$(PYTHON3) -m scripts $@
endif
