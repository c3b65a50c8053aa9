"""Measure this project's ratios: `make bench`, or `python -m benchmarks --help`.

Every figure is a ratio, measured in one run against a named reference whose code is here: pairs of timings,
A B A B, after both sides have given the same answer. See docs/benchmarks.md.
"""

import argparse
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from benchmarks.comparisons import NAMES, comparison_named
from benchmarks.harness.comparison import DisagreementError, Setting
from benchmarks.harness.floors import read_expected, regressions, write_expected
from benchmarks.harness.machine import machine_facts, run_facts
from benchmarks.harness.page import write_page
from benchmarks.harness.results import markdown, write_results
from benchmarks.harness.run import run_comparisons

HERE = Path(__file__).parent
SMALL_PAIRS = 3
EXPECTED = HERE / "expected.json"


def main(words: list[str] | None = None) -> int:
    """Run what the command line asks for; 1 where a ratio regressed or two sides disagree."""
    options = _parser().parse_args(words)
    warnings.simplefilter("ignore")  # libraries' own, on standard error, between the figures
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    threadpool_limits(options.threads)
    torch.set_num_threads(options.threads)
    try:
        document = _measured(options)
    except DisagreementError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    path = write_results(document, options.out)
    if options.markdown:
        print("\n" + markdown(document))
    print(f"\n{path}\n{write_page(document, path.with_suffix('.html'))}")
    code = _judged(document, options) if options.against else 0
    if options.commit_to:
        write_expected(document, options.commit_to)
    return code


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    setting = Setting(
        small=options.small,
        threads=options.threads,
        pairs=options.pairs or (SMALL_PAIRS if options.small else None),
        libraries=options.libraries,
        ratings=options.ratings,
        windows=options.windows,
        epochs=options.epochs,
    )
    comparisons = [comparison_named(name) for name in options.only or NAMES]
    if options.small:
        comparisons = [each for each in comparisons if each.in_small]
    about = {"run": {**run_facts(), "size": "small" if options.small else "full"}, "machine": machine_facts()}
    measured = run_comparisons(comparisons, setting, tell=lambda line: print(line, flush=True))
    return {**about, "comparisons": measured}


def _judged(document: dict[str, Any], options: argparse.Namespace) -> int:
    faults = regressions(document, read_expected(options.against), only=options.only)
    for fault in faults:
        print(f"benchmarks: {fault}", file=sys.stderr)
    if not faults:
        print("no ratio fell below its floor")
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--only", nargs="+", choices=NAMES, help="comparisons to run; all where left out")
    add("--small", action="store_true", help="small sizes, in-process comparisons: seconds")
    add("--threads", type=int, default=2)
    add("--pairs", type=int, help="pairs of timings per case")
    add("--libraries", type=Path, default=Path(".libraries"), help="made by make bench-libraries")
    add("--ratings", type=Path, help="ratings.dat of MovieLens-1M for fstage; invented histories without it")
    add("--windows", type=int, default=6000, help="windows of Finetune and of Test that fstage draws; 0: all")
    add("--epochs", type=int, default=3, help="of the backbone that fstage builds upon")
    add("--out", type=Path, default=HERE / "results", help="folder of the results")
    add("--markdown", action="store_true", help="print the table of docs/benchmarks.md")
    add("--against", type=Path, nargs="?", const=EXPECTED, help="exit 1 where a ratio fell below its floor")
    add("--commit-to", type=Path, nargs="?", const=EXPECTED, help="write the ratios as those to be kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
