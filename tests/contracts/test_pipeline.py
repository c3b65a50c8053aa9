"""dvc.yaml against the code: what a stage reads, runs and is configured by is what DVC watches."""

import ast
from pathlib import Path

import pytest
import yaml

from raie.params import Params
from raie.snapshots.manifest import OPERATIONAL
from raie.snapshots.pointers import CARRIED

ROOT = Path(__file__).parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
ORCHESTRATION = "raie.snapshots.opened"
"""Serving opens snapshots by id for readers; no stage does, so what lies behind is no input of one."""
SECTIONS = "raie.params"
"""A stage watches the values of its sections, by name; the classes that check them are no input of one."""

every_stage = pytest.mark.parametrize("name", STAGES)


def outputs(stage):
    """Path of each output, and whether DVC's cache keeps it."""
    for out in [*stage.get("outs", []), *stage.get("metrics", [])]:
        if isinstance(out, dict):
            yield from ((path, options.get("cache", True)) for path, options in out.items())
        else:
            yield out, True


ALL_OUTPUTS = {path: cached for stage in STAGES.values() for path, cached in outputs(stage)}


def stage_module(name):
    words = STAGES[name]["cmd"].split()
    assert words[:2] == ["python", "-m"]
    return words[2]


def options(name):
    words = STAGES[name]["cmd"].split()[3:]
    return dict(zip(words[::2], words[1::2], strict=True))


def source(module):
    base = ROOT / module.replace(".", "/")
    return base.with_suffix(".py") if base.with_suffix(".py").is_file() else base / "__init__.py"


def tree_of(module):
    return ast.parse(source(module).read_text(encoding="utf-8"))


def imports(module):
    """Modules of raie that a module imports."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("raie"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if source(inner).is_file() else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("raie"))


def behind(module):
    """Modules of raie's rooms that run when a stage runs."""
    seen, waiting = set(), [module]
    while waiting:
        current = waiting.pop()
        if current not in seen and current not in (ORCHESTRATION, SECTIONS):
            seen.add(current)
            waiting += imports(current)
    return {each for each in seen if each.count(".") > 1 and not each.startswith("raie.stages.")}


def uncovered(name, modules):
    files = {each: source(each).relative_to(ROOT).as_posix() for each in modules}
    deps = STAGES[name]["deps"]
    return sorted(
        each
        for each, file in files.items()
        if not any(file == dep or file.startswith(f"{dep}/") for dep in deps)
    )


def params_used(module):
    """Dotted names below ``params`` that a stage's source reads."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "params":
            yield node.attr


def keywords(module):
    """Arguments of the function that a stage module starts."""
    tree = tree_of(module)
    (started,) = [
        node.args[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "start"
    ]
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == started]
    assert not function.args.args
    return {f"--{argument.arg.replace('_', '-')}" for argument in function.args.kwonlyargs}


@every_stage
def test_params_of_a_stage_exist(name):
    for dotted in STAGES[name]["params"]:
        found = PARAMS
        for key in dotted.split("."):
            assert key in found, f"{name} names {dotted}, which params.yaml lacks"
            found = found[key]


def test_every_section_that_shapes_a_snapshot_is_watched_by_a_stage():
    named = {dotted.partition(".")[0] for stage in STAGES.values() for dotted in stage["params"]}
    assert named | OPERATIONAL == set(Params.model_fields)
    assert not named & OPERATIONAL


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_declares_the_sections_its_source_reads(name):
    declared = {dotted.partition(".")[0] for dotted in STAGES[name]["params"]}
    used = set(params_used(stage_module(name))) & set(Params.model_fields)
    assert used <= declared


@every_stage
def test_code_that_a_stage_names_exists(name):
    assert source(stage_module(name)).relative_to(ROOT).as_posix() in STAGES[name]["deps"]
    for dep in STAGES[name]["deps"]:
        assert dep.startswith("data/") or (ROOT / dep).exists(), f"{name} depends on {dep}, which is gone"


@every_stage
def test_data_that_a_stage_reads_is_made_or_kept_in_git(name):
    for dep in STAGES[name]["deps"]:
        if dep.startswith("data/") and dep not in ALL_OUTPUTS:
            # gates between stages are judged by the flow, and kept in git
            kept = dep.startswith(("data/previous/", "data/restored/"))
            assert kept or dep in ("data/inbox", "data/night.json", "data/gates")


@every_stage
def test_a_command_passes_exactly_the_arguments_of_its_function(name):
    assert set(options(name)) == keywords(stage_module(name))


@every_stage
def test_a_command_passes_paths_that_are_declared(name):
    declared = {*STAGES[name]["deps"], *dict(outputs(STAGES[name]))}
    for path in options(name).values():
        assert any(each == path or each.startswith(f"{path}/") for each in declared), f"{name}: {path}"


@every_stage
def test_rooms_that_a_stage_imports_are_among_its_deps(name):
    direct = {each for each in imports(stage_module(name)) if each.count(".") > 1}
    assert not uncovered(name, {each for each in direct if not each.startswith("raie.stages.")})


@every_stage
def test_rooms_behind_those_are_among_its_deps(name):
    assert not uncovered(name, behind(stage_module(name)))


def test_no_output_is_written_twice():
    assert len(ALL_OUTPUTS) == sum(len(list(outputs(stage))) for stage in STAGES.values())


def test_git_ignores_what_dvc_keeps_and_nothing_else():
    ignored = set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    for path, cached in ALL_OUTPUTS.items():
        assert (f"/{path}" in ignored) is cached, path


def test_what_is_carried_over_is_made_and_read_again():
    deps = {dep for stage in STAGES.values() for dep in stage["deps"]}
    for name in CARRIED:
        assert ALL_OUTPUTS[f"data/{name}"]
        assert f"data/previous/{name}" in deps
        assert f"data/restored/{name}" in deps


def test_flows_run_all_stages_in_the_order_of_the_file():
    (stages,) = [
        ast.literal_eval(node.value)
        for node in tree_of("flows.stages").body
        if isinstance(node, ast.Assign) and node.targets[0].id == "STAGES"
    ]
    assert list(stages) == list(STAGES)
