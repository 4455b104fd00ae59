# Two commands on a fresh Debian or Ubuntu machine with Rust: `make quiz-spike` and `make test`.
# All set-up is in .ci/setup; a second run of it only looks.

export PATH := $(HOME)/.cargo/bin:$(PATH)
TARGET := $(or $(CARGO_TARGET_DIR),target)
WWCHAOS := $(TARGET)/release/wwchaos

# Tests are of a program that is not optimised, which takes a fifth of the time to build, and that notices an overflow. What it
# depends on is the same as in a release.
TESTED := --config profile.release.package.wwchaos.opt-level=0 --config profile.release.package.wwchaos.overflow-checks=true \
	--config profile.release.package.wwchaos.debug-assertions=true

# Options for wwchaos or cargo test, such as `make quiz-spike ARGS=--keep`.
ARGS :=

.PHONY: help setup build quiz-spike nightly bad forum test lint clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quiz-spike: setup build ## a class takes a quiz while servers get sick; ends with a verdict and a report
	.ci/setup exec $(WWCHAOS) run quiz-spike $(ARGS)

# Tests on the engine wait most of the time; those that need the machine alone have it.
test: export RUST_TEST_THREADS := $(or $(RUST_TEST_THREADS),3)
test: setup ## all tests, those on the real engine included
	@.ci/setup test
	.ci/setup exec cargo test --locked --release $(TESTED) --workspace $(ARGS)

bad: setup ## all clusters known to be bad, and a sound one ten times; about half an hour
	.ci/setup exec cargo test --locked --release --test docker bad -- --include-ignored --nocapture --test-threads 1 $(ARGS)

forum: setup ## the own scenarios of the forum's clusters, each held to what it is to show; two hours
	.ci/setup exec cargo test --locked --release --test docker forum -- --include-ignored --nocapture --test-threads 1 $(ARGS)

nightly: setup build ## the scenarios of a nightly run, one exit code
	.ci/setup exec $(WWCHAOS) run nightly $(ARGS)

setup: ## Docker Engine, Compose, build packages, the base image: whatever is missing
	@.ci/setup

build: ## the wwchaos binary
	@.ci/setup rust
	cargo build --locked --release

lint: ## formatting, clippy without warnings, shellcheck, dependencies
	@.ci/setup lint
	cargo fmt --all --check
	cargo clippy --locked --release --workspace --all-targets -- -D warnings
	shellcheck -x -P SCRIPTDIR $$(git ls-files | xargs grep -lIE '^#!.*[/ ](ba)?sh$$')
	.ci/deny

clean: ## remove what cargo built; reports and images stay
	cargo clean
