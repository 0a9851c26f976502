# Two commands: `make demo` shows edigate at work, `make test` runs every check. Both set up what they need in
# .venv; nothing outside this folder is touched. Paths are relative, so the folder's name may hold spaces.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet
JOBS ?= 2

# A Python of your choice: `make test PYTHON=python3.12`. Without one: python3, or the newest there is.
PYTHON ?=

# A copied folder brings along a .venv that imports from the folder it was copied from: start over.
ifneq ($(shell cat $(VENV)/.made-in 2>/dev/null),$(CURDIR))
$(shell rm -rf $(VENV))
endif

.PHONY: help demo test lint unit clean
.NOTPARALLEL:

help:
	@echo "make demo   run the whole loop against the built-in clearinghouse"
	@echo "make test   run every check: ruff, mypy, import-linter, pytest"
	@echo "make coverage   the tests once more, with what lines and branches they reach (twice as long)"
	@echo "make conservation   10,000 simulated claims answered in random order, held against their payers (some minutes)"
	@echo "make docs   the documentation as a site, in build/docs"
	@echo "make clean  remove what these two made"

demo: $(VENV)/.installed
	$(PY) -m edigate demo

test: lint unit

lint: $(VENV)/.installed-dev
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache

unit: $(VENV)/.installed-dev
	$(PY) -m pytest -n $(JOBS) --dist worksteal

.PHONY: coverage
coverage: $(VENV)/.installed-dev
	$(PY) -m pytest -n $(JOBS) --dist worksteal --cov --cov-report=term

.PHONY: conservation
conservation: $(VENV)/.installed-dev
	$(PY) -m tests.gateway.conservation --claims 10000

# The lock anew, from pyproject.toml: look at what changed, and run the tests, before committing it.
.PHONY: lock sbom audit wheels
lock: $(PY)
	$(PIP) install uv
	$(VENV)/bin/uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-emit-index-url --quiet --upgrade --output-file requirements/dev.txt
	sed -i 's/ (pyproject.toml)//' requirements/dev.txt

# What an installed edigate consists of, as CycloneDX, in build/sbom.json.
sbom:
	rm -rf build/sbom && $(if $(PYTHON),$(PYTHON),python3) -m venv build/sbom
	build/sbom/bin/python -m pip --disable-pip-version-check --no-input --quiet install .
	$(MAKE) $(PY)
	$(PIP) install cyclonedx-bom
	$(VENV)/bin/cyclonedx-py environment build/sbom --pyproject pyproject.toml --output-reproducible -o build/sbom.json
	rm -rf build/sbom

audit: $(PY)
	$(PIP) install pip-audit
	$(PY) scripts/supply/audit.py requirements/dev.txt

# Wheel and sdist, each installed alone into empty environments of Python 3.11, 3.12 and 3.13, and the demo run there.
wheels:
	scripts/supply/wheels.sh $(PYTHON)

# The documentation as a site, in build/docs; a warning is an error: a link that leads nowhere, a page nobody finds.
.PHONY: docs
docs: $(VENV)/.installed-docs
	$(PY) -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "build/docs/index.html"

$(VENV)/.installed-docs: pyproject.toml | $(PY)
	$(PIP) install --editable ".[docs]"
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov dist build

# Editable, so that changed sources need no new install; a changed pyproject.toml does.
$(VENV)/.installed: pyproject.toml | $(PY)
	$(PIP) install --editable .
	@touch $@

# What tests and checks run with is locked: every package in one version, each file by its hash.
$(VENV)/.installed-dev: pyproject.toml requirements/dev.txt | $(PY)
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	$(PIP) install --no-deps --editable .
	@touch $@ $(VENV)/.installed

$(PY):
	@for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	      echo "$$python can't make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; \
	      exit 1; \
	    fi; \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv --clear $(VENV) || exit 1; \
	    printf '%s' '$(CURDIR)' > $(VENV)/.made-in; \
	    exit 0; \
	  fi; \
	done; \
	echo "edigate needs Python 3.11 or newer, and none of these is: $(or $(PYTHON),python3 python3.14 ... python3.11)" >&2; \
	echo "Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	exit 1

# A long run of one fuzz target; atheris is installed for it. `make fuzz TARGET=decoding SECONDS=600`
TARGET ?= reading
SECONDS ?= 600

.PHONY: fuzz
fuzz: $(VENV)/.installed-dev
	$(PIP) install atheris
	$(PY) -m tests.fuzz.campaign $(TARGET) $(SECONDS) .fuzz/$(TARGET)

# Thousands of broken files judged by edigate and by pyx12: `make differential MUTANTS=20000`
MUTANTS ?= 5000

.PHONY: differential
differential: $(VENV)/.installed-dev
	$(PY) -m tests.x12.differential --mutants $(MUTANTS) --jobs $(JOBS)

# The fault campaign: sends and receives killed, cut off and misled by the thousand, judged by the receiver's journal.
# Both databases where PostgreSQL is here, at system calls where strace is. `make faults RUNS=500 SEED=2 MINUTES=30`;
# with DIARY=FILE the same command goes on where it was broken off.
RUNS ?= 3000
SEED ?= 1
MINUTES ?= 120
FAULT_JOBS ?= 4
DIARY ?=

.PHONY: faults
faults: $(VENV)/.installed-dev
	$(PY) -m tests.faults.campaign --runs $(RUNS) --seed $(SEED) --minutes $(MINUTES) --jobs $(FAULT_JOBS) $(if $(DIARY),--diary $(DIARY))

# Units, user and folders for systemd, as root; `DESTDIR=` for a package. A notify program of yours stays as it is.
.PHONY: install-systemd
install-systemd:
	install -d $(DESTDIR)/etc/systemd/system $(DESTDIR)/usr/lib/sysusers.d $(DESTDIR)/usr/lib/tmpfiles.d
	install -m 0644 systemd/*.service systemd/*.timer $(DESTDIR)/etc/systemd/system/
	install -m 0644 systemd/edigate.sysusers $(DESTDIR)/usr/lib/sysusers.d/edigate.conf
	install -m 0644 systemd/edigate.tmpfiles $(DESTDIR)/usr/lib/tmpfiles.d/edigate.conf
	install -d -m 0750 $(DESTDIR)/etc/edigate
	test -e $(DESTDIR)/etc/edigate/notify || install -m 0755 systemd/notify $(DESTDIR)/etc/edigate/notify
ifeq ($(DESTDIR),)
	systemd-sysusers edigate.conf && systemd-tmpfiles --create edigate.conf && systemctl daemon-reload
endif
