# make demo     the page on http://127.0.0.1:7860
# make test     every check that continuous integration runs
# Both need nothing but Python 3.11+ (PYTHON=... chooses which); the environment is made in .venv.

BIN := .venv/bin

.PHONY: demo test
.DELETE_ON_ERROR:

demo: .venv/.demo
	$(BIN)/python app.py

test: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find demo -name '*.pyi' -delete # stubs that gradio writes beside components; they would hide the sources
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope

.venv/.demo: requirements.txt packages.txt
	scripts/setup.sh requirements.txt
	@touch $@

.venv/.test: requirements.txt requirements-dev.txt packages.txt
	scripts/setup.sh requirements-dev.txt --browser
	@touch $@ .venv/.demo
