# The commands of this repository; `make help` lists them.
# BUILD and SCRATCH name other folders for the finished tree and for what the compiler keeps.

.DEFAULT_GOAL := build
SHELL   := /bin/bash
BUILD   ?= build
SCRATCH ?= .build
PREFIX  ?= /usr/local
DESTDIR ?=
ARGS    ?=
SWIFT   ?= swift

# Debian's own, which is the one that its python3-pytest and python3-pyte belong to.
PYTHON  ?= /usr/bin/python3

# Swift's own programs need git, libsqlite3-0 (of libsqlite3-dev) and libxml2.
packages_build := binutils gcc g++ libc6-dev libcurl4-openssl-dev libjansson-dev libncurses-dev libsqlite3-dev libsystemd-dev pkg-config \
	zlib1g-dev git libxml2
packages_run   := ncurses-term smartmontools
packages_test  := python3 python3-pytest python3-pytest-xdist tmux ncurses-term \
	borgbackup restic smartmontools avahi-daemon avahi-utils dbus-daemon iproute2
# Only where there is no rustc: Debian's own is too old, and apt would remove it, or rustup, for this one.
packages_test  += $(if $(shell command -v rustc),,rustc-web)
packages_bench := python3 python3-pyte btop htop gcc zlib1g-dev libcurl4-openssl-dev
packages_fresh := debootstrap git

export BUILD SCRATCH SWIFT PYTHON

.PHONY: build
build: ## Builds everything; the result runs as it stands in build/
	@scripts/need.sh swift $(packages_build)
	$(SWIFT) build -c release --static-swift-stdlib --disable-local-rpath --scratch-path $(SCRATCH)
	@scripts/assemble.sh

.PHONY: run
run: build ## Builds and starts the dashboard; ARGS="--theme …" passes arguments on
	@scripts/need.sh $(packages_run)
	@$(BUILD)/bin/cm-dashboard $(ARGS)

.PHONY: test
test: build ## Runs all tests of this machine: units, plugins, the program in a terminal
	@scripts/need.sh $(packages_test)
	@scripts/test.sh

.PHONY: test-fresh
test-fresh: ## Runs make test on a new, minimal Debian that has a Swift toolchain and nothing else, as root
	@scripts/need.sh swift $(packages_fresh)
	@scripts/test-fresh.sh

.PHONY: test-guest
test-guest: build ## Boots a Debian guest and tests in it what only a whole machine can show
	@CM_BUILD=$(abspath $(BUILD)) Tests/Guest/run.sh

.PHONY: fuzz
fuzz: build ## Feeds rubbish to what reads a worker's bytes, layout files, machines, documents and sizes; FUZZ_SECONDS=600 is the time for each
	@scripts/need.sh swift $(packages_build) $(packages_test)
	@scripts/fuzz.sh
	@CM_BUILD=$(abspath $(BUILD)) MUTATION_SECONDS=$${MUTATION_SECONDS:-60} MUTATION_SEED=$$RANDOM SIZE_COUNT=$${SIZE_COUNT:-5000} \
		$(PYTHON) -m pytest -q -p no:cacheprovider --tb=short Tests/System/test_mutations.py Tests/System/test_true_terminal.py \
		-k "test_mutations or any_size"

.PHONY: soak
soak: build ## What takes long: a storm of faulty plugins for STORM_SECONDS=60, HISTORY_KILLS=1000 of what records, deadlines at their full length
	@scripts/need.sh $(packages_test)
	@CM_BUILD=$(abspath $(BUILD)) STORM_SECONDS=$${STORM_SECONDS:-60} RUN_SLOW=1 $(PYTHON) -m pytest -q -rA -p no:cacheprovider \
		--tb=short -m slow Tests/System
	@CM_BUILD=$(abspath $(BUILD)) STORM_SECONDS=$${STORM_SECONDS:-60} $(PYTHON) -m pytest -q -s -p no:cacheprovider --tb=short \
		Tests/System/test_storm.py
	@CM_BUILD=$(abspath $(BUILD)) HISTORY_KILLS=$${HISTORY_KILLS:-1000} $(PYTHON) -m pytest -q -s -p no:cacheprovider --tb=short \
		Tests/System/test_history_kill.py

.PHONY: check
check: build ## Checks style, the C header, what plugins export, that nothing links Foundation, and that nothing warns
	@scripts/check.sh

.PHONY: bench
bench: build ## Measures the dashboard beside htop and btop, and with many hosts; BENCH_PARTS=fleet for one part
	@scripts/need.sh $(packages_bench)
	@$(PYTHON) Tests/Bench/bench.py

.PHONY: simulate-forecasts
simulate-forecasts: ## Makes forecasts of a thousand simulated drives and disks, and prints how many came true
	@scripts/need.sh swift $(packages_build)
	@scripts/simulate-forecasts.sh

# Through sudo a tree that is there is installed as it is: root need not have a Swift, nor own what a build writes.
.PHONY: install
install: $(if $(and $(SUDO_UID),$(wildcard $(BUILD)/.tree)),,build) ## Installs the tree; PREFIX=/usr/local and DESTDIR= say where to
	@scripts/install.sh install "$(DESTDIR)$(PREFIX)"

.PHONY: uninstall
uninstall: ## Removes what install has put there
	@scripts/install.sh uninstall "$(DESTDIR)$(PREFIX)"

.PHONY: pictures
pictures: build ## Draws the README's pictures anew, of the simulated fleet
	@picture() { TZ=UTC LANG=C.UTF-8 XDG_CONFIG_HOME=/nonexistent $(BUILD)/bin/cm-dashboard snapshot --demo \
		--time 2026-03-01T20:30:00Z --format svg "$${@:2}" >docs/images/$$1.svg.new && \
		mv docs/images/$$1.svg.new docs/images/$$1.svg; }; \
	picture overview --size 170x10 && picture host --host srv01 --size 132x34 --span 7d && \
	picture graph --host srv01 --size 132x30 --graph nvme.temperature --span 7d

.PHONY: clean
clean: ## Removes everything that was built
	rm -rf $(BUILD) $(SCRATCH)

.PHONY: help
help: ## Lists these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r name what; do \
		printf '  make %-18s %s\n' "$$name" "$$what"; done
