"""Run lists of Great Expectations' expectations over a frame and say which rows failed which."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.exceptions import RefusedError


@dataclass(frozen=True)
class Rule:
    """One expectation by its class name, and what to tell about a row that fails it."""

    expectation: str
    arguments: Mapping[str, Any]
    reason: str
    remedy: str
    severity: Literal["critical", "warning"] = "critical"
    """What is critical refuses; a warning is only reported."""


@dataclass(frozen=True)
class Outcome:
    """What became of one rule: positions of the rows that failed it, ascending, and a record of it."""

    rule: Rule
    failed: NDArray[np.int64]
    record: Mapping[str, Any]


def run_suite(
    name: str, rules: Sequence[Rule], frame: pd.DataFrame, parameters: Mapping[str, Any]
) -> list[Outcome]:
    """Validate a frame against rules, in an ephemeral context that leaves nothing behind.

    Parameters
    ----------
    name : str
        Name of the suite.
    rules : sequence of Rule
        What to expect; arguments may hold ``{"$PARAMETER": name}``.
    frame : DataFrame
        The batch, any index.
    parameters : mapping
        Values of the parameters.

    Returns
    -------
    list of Outcome
        In the order of the rules.

    Raises
    ------
    RefusedError
        If an expectation could not be evaluated: what was not judged does not pass.
    """
    # Importing takes seconds, so only those who judge pay; the switch counts only if set before.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # it sets its own level, and tells of every temporary folder
    logging.getLogger(ProgressBarsConfig.__module__).setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    batch = (
        context.data_sources.add_pandas(name)
        .add_dataframe_asset(name)
        .add_batch_definition_whole_dataframe(name)
    )
    expectations = [
        getattr(gx.expectations, rule.expectation)(
            **rule.arguments, severity=rule.severity, meta={"rule": place}
        )
        for place, rule in enumerate(rules)
    ]
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations))
    validation = gx.ValidationDefinition(name=name, data=batch, suite=suite)
    result = context.validation_definitions.add(validation).run(
        batch_parameters={"dataframe": frame.reset_index(drop=True)},
        expectation_parameters=dict(parameters),
        result_format={"result_format": "COMPLETE"},
    )
    by_rule = {found.expectation_config.meta["rule"]: found for found in result.results}
    return [_outcome(name, rule, by_rule[place]) for place, rule in enumerate(rules)]


def _outcome(suite: str, rule: Rule, found: Any) -> Outcome:
    column = rule.arguments.get("column")
    details = found.result
    if not found.success and not {"unexpected_index_list", "observed_value"} & set(details):
        raise RefusedError(
            f"{rule.expectation} on {column or 'the batch'} could not be evaluated: check the file's values"
        )
    failed = np.array(sorted(details.get("unexpected_index_list") or ()), dtype=np.int64)
    record = {
        "suite": suite,
        "expectation": rule.expectation,
        "column": column,
        "reason": rule.reason,
        "success": bool(found.success),
        "unexpected": len(failed),
        "severity": rule.severity,
    }
    return Outcome(rule, failed, record)
