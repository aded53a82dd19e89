# The front door: make demo, make test, make check, make bench. Each does its own set-up.
SHELL := /bin/bash
UV := .build/uv/bin/uv
PY := .venv/bin/python
export UV_PROJECT_ENVIRONMENT := .venv
export PATH := $(CURDIR)/.build/uv/bin:$(PATH)
RUST_SOURCES := $(shell find crates -name '*.rs' -o -name 'Cargo.toml') Cargo.toml

.PHONY: help setup build demo test check fuzz fuzz-gateway bench grid bench-gateway soak clean corpora
help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(UV):
	@echo "==> setup: uv"
	@python3 -m venv .build/uv && .build/uv/bin/pip install -q "uv>=0.5"

.build/venv.stamp: pyproject.toml uv.lock $(UV)
	@echo "==> setup: Python packages (uv sync)"
	@$(UV) sync -q --frozen --all-extras --no-install-project
	@touch $@

.build/native.stamp: .build/venv.stamp Cargo.lock $(RUST_SOURCES)
	@command -v cargo >/dev/null || { echo "error[cargo-missing]: cargo is not on PATH; install Rust (rustup) and run this again"; exit 1; }
	@echo "==> setup: native module (cargo, release)"
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) tool run -q --from "maturin>=1.16,<2" maturin develop -q -r --uv
	@touch $@

GATEWAY_BIN := src/carveout/gateway/_bin/carveout-gateway
GATEWAY_SOURCES := $(shell find crates/carveout-gateway -name '*.rs' -o -name 'Cargo.toml') Cargo.toml

# The data plane goes into the wheel as a file of the package.
$(GATEWAY_BIN): Cargo.lock $(GATEWAY_SOURCES) .build/native.stamp
	@echo "==> setup: gateway (cargo, release)"
	@cargo build -q --release --locked -p carveout-gateway
	@mkdir -p $(@D) && install -s -m 755 target/release/carveout-gateway $@.new && mv -f $@.new $@

setup: .build/native.stamp $(GATEWAY_BIN) ## Python packages, the native module and the gateway
build: setup ## the same as setup

.build/apt.stamp:
	@bash tools/apt.sh wrk curl
	@touch $@

demo: setup .build/apt.stamp ## the whole path once on a real service, under load
	@$(PY) examples/pricing/demo.py

test: setup .build/apt.stamp ## all tests, Rust and Python
	@bash tools/test.sh

check: setup ## linters, types, layers
	@bash tools/check.sh

.build/apt-bench.stamp:
	@bash tools/apt.sh pypy3
	@touch $@

bench: setup .build/apt.stamp .build/apt-bench.stamp ## the figures in bench/RESULTS.md
	@$(PY) -m bench

fuzz: setup ## random programs on both sides, for FUZZ_SECONDS (600)
	@$(PY) tests/fuzz

corpora: setup ## other people's typed functions on trial: make corpora PACKAGE=python-stdnum
	@$(PY) -m bench.corpora $(PACKAGE)

fuzz-gateway: ## libFuzzer over what the gateway decides, FUZZ_SECONDS (60) for each of four
	@bash tools/fuzz_gateway.sh

grid: setup .build/apt.stamp ## Python, Go and Rust on one service, some 30 minutes; QUICK=1: three
	@$(PY) -m bench.grid $(if $(QUICK),--quick)

bench-gateway: setup .build/apt.stamp ## the gateway beside nginx, haproxy, Envoy, Caddy (6 minutes; FULL=1: an hour)
	@bash tools/apt.sh nginx-light haproxy caddy nghttp2-client
	@$(PY) -m bench.gateway $(if $(FULL),--full)

soak: setup .build/apt.stamp ## the gateway under load for MINUTES (60): is its memory flat?
	@bash tools/apt.sh nghttp2-client
	@$(PY) -m bench.gateway.soak $(or $(MINUTES),60)

clean: ## remove what the build made
	rm -rf .build .venv target dist
