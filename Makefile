# Eyebrush: every target sets up its own .venv first, and does so again only when what the
# environment is made from has changed. Needs python3 (3.10 to 3.14) with venv, a C++17 compiler
# and make; CMake and Ninja come with the build.
#
#   make demo            see real stereo eye buffers restyled: demo-out/
#   make test            run the tests
#   make help            all targets
#
# Variables:  PYTHON=python3.12   another interpreter
#             TORCH=...           what `make test` gives to pip for torch (see CONTRIBUTING.md)
#             FUZZ_SECONDS=600    how long `make fuzz` looks
#             PYTEST_ARGS=...     e.g. PYTEST_ARGS="-k composite"

PYTHON ?= python3
TORCH ?= torch==2.13.0
PYTEST_ARGS ?=
BENCH_ARGS ?=
FUZZ_SECONDS ?= 600

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
BRIDGE := engine_bridge/CMakeLists.txt engine_bridge/include engine_bridge/src
GODOT := engine_bridge/godot/extension
# The environment is made from these: the place, the interpreter, the native core, the packages.
KEY := $(shell { pwd; $(PYTHON) --version; cat Makefile pyproject.toml CMakeLists.txt; \
	find cmake csrc $(BRIDGE) $(GODOT) -type f | LC_ALL=C sort | xargs cat; } 2>&1 | sha256sum | cut -c 1-16)
RUN := $(VENV)/.run-$(KEY)
DEV := $(VENV)/.dev-$(KEY)
TEST := $(VENV)/.test-$(KEY)
NATIVE = $(shell find csrc $(BRIDGE) engine_bridge/tests engine_bridge/fuzz engine_bridge/godot/extension \
	-path '*/vendor' -prune -o \( -name '*.[ch]' -o -name '*.cpp' \) -print)

.PHONY: help demo test lint format bench gpu-check fuzz train-smoke wheel setup clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: $(RUN) ## replay the recorded stereo clip through the whole pipeline into demo-out/
	@$(BIN)/eyebrush demo -o demo-out

test: $(TEST) ## run all tests (installs torch for those of the training)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(DEV) ## ruff, mypy, clang-format and codespell, changing nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/clang-format --dry-run --Werror $(NATIVE)
	$(BIN)/codespell

format: $(DEV) ## put the sources into the house's form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(NATIVE)

bench: $(RUN) ## time the native ops (BENCH_ARGS="--help")
	@$(BIN)/python benchmarks/composite.py $(BENCH_ARGS)

gpu-check: ## prove the CUDA ops on this machine's GPU, offline (DRY=1: what can be done without)
	@$(PYTHON) benchmarks/gpu_check.py $(if $(DRY),--dry)

# Starts from the inputs in corpus.txt (hexadecimal, one a line); new finds go to build/fuzz/corpus.
fuzz: ## attack the bridge with libFuzzer, ASan and UBSan (needs clang; FUZZ_SECONDS=600)
	@command -v clang > /dev/null || { echo "got no clang; wanted it with libFuzzer; \
	fix: apt-get install clang libclang-rt-14-dev"; exit 3; }
	@mkdir -p build/fuzz/corpus
	@n=0; while read -r input; do n=$$((n + 1)); \
	  $(PYTHON) -c "import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))" $$input \
	  > build/fuzz/corpus/kept-$$n; done < engine_bridge/fuzz/corpus.txt
	@clang -g -O1 -std=c11 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	  -Iengine_bridge/include -Iengine_bridge/src engine_bridge/fuzz/fuzz_session.c \
	  engine_bridge/src/*.c -lm -o build/fuzz/fuzz_session
	@build/fuzz/fuzz_session -max_total_time=$(FUZZ_SECONDS) -max_len=512 -timeout=5 -print_final_stats=1 \
	  -artifact_prefix=build/fuzz/ build/fuzz/corpus 2> build/fuzz/log \
	  && tail -5 build/fuzz/log || { tail -40 build/fuzz/log; exit 1; }

train-smoke: $(TEST) ## a minute of training that must lower every loss
	@rm -rf runs/smoke
	@$(BIN)/python -m eyebrush_training train --recipe smoke -o runs/smoke

wheel: $(RUN) ## build a wheel into dist/
	@$(PIP) wheel --no-deps --wheel-dir dist .
	@ls dist/*.whl

setup: $(TEST) ## everything that developers need in .venv

clean: ## remove the environment and all that was built
	rm -rf $(VENV) build dist demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(RUN):
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(0 if sys.version_info >= (3, 10) \
	  else f"got Python {v}; wanted 3.10 or newer; fix: make PYTHON=python3.12")'
	@echo "Setting up $(VENV): packages and the native core, a minute or two, this once ..."
	@test "$$(cat $(VENV)/.place 2>/dev/null)" = "$(CURDIR) $$($(PYTHON) --version)" \
	  || $(PYTHON) -m venv --clear $(VENV)
	@echo "$(CURDIR) $$($(PYTHON) --version)" > $(VENV)/.place
	@rm -f $(VENV)/.run-* $(VENV)/.dev-* $(VENV)/.test-*
	@$(PIP) install --editable .
	@touch $@

# eyebrush is installed by now, so that this adds an extra's packages and builds nothing again.
$(DEV): $(RUN)
	@echo "Adding the developers' tools to $(VENV) ..."
	@$(PIP) install 'eyebrush[dev]'
	@touch $@

# The training is no part of the installed package: a .pth file lets this environment find it.
$(TEST): $(DEV)
	@echo "Adding $(firstword $(TORCH)) and the training's packages to $(VENV) ..."
	@$(PIP) install $(TORCH)
	@$(PIP) install 'eyebrush[train,search,video,xr,desk,osc,shaders,quality,speak,listen]'
	@$(PIP) install 'eyebrush[tensorrt-rtx]' || echo "TensorRT for RTX (100 MB) is not to be had here: \
	  its tests will be skipped"
	@echo "$(CURDIR)/training" > "$$($(BIN)/python -c \
	  'import sysconfig; print(sysconfig.get_path("purelib"))')/eyebrush_training.pth"
	@touch $@
