# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
LIBRARIES ?= .libraries

export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: demo test lint bench bench-small bench-libraries lock clean

demo: $(READY)
	$(BIN)/raie demo

test: $(READY)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Ratios against named references (docs/benchmarks.md); options go through ARGS, as in ARGS="--only kmeans".
bench: $(READY)
	$(BIN)/python -m benchmarks --markdown --libraries $(LIBRARIES) $(ARGS)

# Exit 1 where a ratio fell below the floor under the one committed in benchmarks/expected.json. One thread: two
# that share busy cores wait for each other, and ratios would jump.
bench-small: $(READY)
	$(BIN)/python -m benchmarks --small --threads 1 --against $(ARGS)

bench-libraries: $(LIBRARIES)/rectools/.ready $(LIBRARIES)/recbole/.ready $(LIBRARIES)/faiss/.ready

# The first line goes first: torch by its exact version, so that the CPU build is taken where it is provided.
$(LIBRARIES)/%/.ready: benchmarks/references/%.txt
	$(PYTHON) -m venv $(LIBRARIES)/$*
	$(LIBRARIES)/$*/bin/python -m pip install -qq $$(head -n 1 $<)
	$(LIBRARIES)/$*/bin/python -m pip install -qq --requirement $<
	@touch $@

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"raie needs Python 3.11 to 3.13, found {v[0]}.{v[1]}: run make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $(READY)

# torch's own GPU packages stay out of the lock: pip brings those that the torch build at hand asks for.
GPU_PACKAGES := cuda-bindings cuda-pathfinder cuda-toolkit triton nvidia-cublas nvidia-cuda-cupti \
	nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand \
	nvidia-cusolver nvidia-cusparse nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink \
	nvidia-nvshmem-cu13 nvidia-nvtx

lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --quiet --no-header \
		--no-emit-index-url --no-emit-find-links --no-annotate \
		$(addprefix --no-emit-package ,$(GPU_PACKAGES)) --output-file requirements.lock

clean:
	rm -rf $(VENV) $(LIBRARIES) .pytest_cache .mypy_cache .ruff_cache build *.egg-info
