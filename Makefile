# AutoDeck's front door: `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Where cargo-deny and cargo-fuzz are put, once. CI points this at a folder that outlives the clone.
TOOLS ?= target/tools
export PATH := $(abspath $(TOOLS))/bin:$(HOME)/.cargo/bin:$(PATH)

CARGO_DENY_VERSION := 0.20.2
CARGO_FUZZ_VERSION := 0.13.2
# Seconds that `make fuzz` runs.
FUZZ_SECONDS ?= 300
# The peer of our scheduler, and how many random histories `make peers` compares.
PY_FSRS_VERSION := 6.3.2
PEER_HISTORIES ?= 100000

# The built-in model is in what `make run` builds; LOCAL_MODEL=no leaves it out, and cmake, libclang and C++ with it.
LOCAL_MODEL ?= yes
ifeq ($(LOCAL_MODEL),yes)
FEATURES := --features local-model
LLAMA_NEEDS := c++ cmake libclang
endif

.PHONY: help run build test test-rust test-browser check fmt clippy deny sqlx check-sqlx bench bench-local browse axe lighthouse paint fuzz model chaos billing-orders peers timing routes need-rust

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

run: build ## Install what is missing, build, start, print the address
	exec target/release/autodeck serve

build: need-rust
	@scripts/need cc postgres $(LLAMA_NEEDS)
	cargo build --release --locked $(FEATURES) --bin autodeck

test: test-rust test-browser ## Every test, the browser's included

test-rust: need-rust
	@scripts/need cc postgres c++ cmake libclang pip
	scripts/small-model
	cargo test --locked --features local-model --no-fail-fast

test-browser: need-rust
	@scripts/need cc postgres c++ cmake libclang node chromium
	cargo build --locked --features local-model --bins --examples
	npm --prefix tests/browser ci --no-audit --no-fund
	npm --prefix tests/browser test

check: fmt clippy deny check-sqlx ## Format, lints, licences, the house's own rules, the queries' recorded types
	cargo test --locked --features local-model --test tidy

fmt: need-rust
	@scripts/need rustfmt
	cargo fmt --check

clippy: need-rust
	@scripts/need cc c++ cmake libclang clippy
	cargo clippy --locked --all-features --all-targets -- --deny warnings

deny: need-rust
	@cargo deny --version 2>/dev/null | grep -qF ' $(CARGO_DENY_VERSION)' || { \
	  echo "Installing cargo-deny $(CARGO_DENY_VERSION) into $(TOOLS), once: it checks licences and sources of what we build on."; \
	  cargo install --locked --quiet --root $(TOOLS) --target-dir target/tools-build --version $(CARGO_DENY_VERSION) cargo-deny; }
	cargo deny --log-level error check licenses bans sources
	@if cargo deny --log-level off fetch db 2>/dev/null; then cargo deny check advisories; \
	  else echo "Advisories were not checked: their database cannot be reached from here."; fi

sqlx: need-rust ## Record the queries' types in .sqlx again, after SQL has changed
	@scripts/need cc postgres
	scripts/sqlx-offline

check-sqlx: need-rust
	@scripts/need cc postgres c++ cmake libclang
	CARGO_FEATURES="--features local-model" scripts/sqlx-offline --check

# Anki's own backend, the peer of P3.
ANKI_VERSION := 26.9.3

bench: need-rust ## The figures of the README's table
	@scripts/need cc postgres pip
	python3 -m venv target/peers/anki
	target/peers/anki/bin/pip install --quiet anki==$(ANKI_VERSION)
	AUTODECK_ANKI_PYTHON=$(abspath target/peers/anki)/bin/python cargo bench --locked --bench figures

bench-local: need-rust ## The built-in model over ten topics: first card, tokens a second, cards that pass the gates
	@scripts/need cc c++ cmake libclang pip
	cargo build --release --locked --features local-model --bin autodeck --example local_figures
	target/release/autodeck model pull
	AUTODECK_LOCAL_MODEL="$$(target/release/autodeck model path)" target/release/examples/local_figures

fuzz: need-rust ## The card parser against bytes that nobody would write (FUZZ_SECONDS=300)
	@scripts/need cc nightly
	@cargo fuzz --version 2>/dev/null | grep -qF ' $(CARGO_FUZZ_VERSION)' || \
	  cargo install --locked --quiet --root $(TOOLS) --target-dir target/tools-build --version $(CARGO_FUZZ_VERSION) cargo-fuzz
	cargo +nightly fuzz run card_reader -- -max_total_time=$(FUZZ_SECONDS)

model: need-rust ## A million random steps of cards, queue, jobs and allowance against a plain reference (MODEL_STEPS, MODEL_SEED)
	@scripts/need cc postgres $(LLAMA_NEEDS)
	MODEL_STEPS=$${MODEL_STEPS:-1000000} cargo test --release --locked $(FEATURES) --test model -- --nocapture

chaos: need-rust ## Kill, stop and cut off the app, its database and its model; nothing acknowledged may be lost
	@scripts/need cc postgres nginx pgbouncer
	cargo build --release --locked --bin autodeck --example chaos
	target/release/examples/chaos

browse: need-rust ## The list of 100,000 cards over HTTP: p50 and p95 of every kind of view
	@scripts/need cc postgres
	cargo bench --locked --bench figures -- browse

axe: need-rust ## Every page against axe's rules, narrow and wide, light and dark; pictures in target/screenshots
	@scripts/need cc node chromium
	cargo build --locked --example preview
	npm --prefix tests/browser ci --no-audit --no-fund
	cd tests/browser && node --test pages.test.js

LIGHTHOUSE_VERSION := 13.5.0

lighthouse: need-rust ## Performance, accessibility, best practices of public pages, deck, study and statistics; search engines on the public ones
	@scripts/need cc postgres node chromium
	cargo build --locked --release --bin autodeck
	cargo build --locked --example replay-model --example stripe-stand-in
	npm --prefix tests/browser ci --no-audit --no-fund
	npm install --prefix $(TOOLS)/lighthouse --no-audit --no-fund --silent lighthouse@$(LIGHTHOUSE_VERSION)
	cd tests/browser && AUTODECK_BINARY=$(abspath target/release/autodeck) LIGHTHOUSE=$(abspath $(TOOLS))/lighthouse node figures/lighthouse.js

paint: need-rust ## P11: largest paint, grade to next card, layout shift, in Chromium with its CPU throttled four times
	@scripts/need cc postgres node chromium
	cargo build --locked --release --bin autodeck
	cargo build --locked --example replay-model
	npm --prefix tests/browser ci --no-audit --no-fund
	cd tests/browser && AUTODECK_BINARY=$(abspath target/release/autodeck) node figures/paint.js

billing-orders: need-rust ## Every order of a subscription's events, and 100,000 random sequences with drops
	@scripts/need cc postgres
	AUTODECK_ORDERS=5040 AUTODECK_SEQUENCES=100000 \
	  cargo test --locked --test app billing_orders -- --nocapture

peers: need-rust ## Stability and difficulty against py-fsrs, on PEER_HISTORIES=100000 histories
	@scripts/need cc
	@mkdir -p target/peers
	python3 -m venv target/peers/venv
	target/peers/venv/bin/pip install --quiet fsrs==$(PY_FSRS_VERSION)
	target/peers/venv/bin/python tests/peers/fsrs_histories.py $(PEER_HISTORIES) 2 > target/peers/fsrs_histories.jsonl
	AUTODECK_FSRS_HISTORIES=target/peers/fsrs_histories.jsonl \
	  cargo test --locked --test scheduling fsrs_peer -- --nocapture

timing: need-rust ## Sign-in of known and unknown accounts, 1,000 each with the real parameters: medians (R13)
	@scripts/need cc postgres
	cargo build --release --locked --example sign_in_timing
	target/release/examples/sign_in_timing

routes: need-rust ## Every route × nobody, other learner, owner, expired session, other site (R10)
	@scripts/need cc postgres
	cargo test --locked --test app accounts::matrix -- --nocapture

need-rust:
	@scripts/need rust
