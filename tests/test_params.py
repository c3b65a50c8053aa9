"""The parameters: every key checked, every refusal naming the key, the value and the file."""

import copy
from pathlib import Path
from typing import Literal, get_origin

import annotated_types
import pytest
import yaml
from pydantic import ValidationError

from raie.exceptions import UsageError
from raie.params import GateParams, Params, Section, load_params

ROOT = Path(__file__).parents[1]
REAL = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def sections(model=Params, path=()):
    """Every section class with the keys that lead to it, the root first."""
    yield path, model
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from sections(field.annotation, (*path, name))


def keys(document, path=()):
    for name, value in document.items():
        yield ".".join((*path, name))
        if isinstance(value, dict):
            yield from keys(value, (*path, name))


def beyond(bound):
    """A value just outside a bound."""
    match bound:
        case annotated_types.Ge(ge):
            return ge - 1
        case annotated_types.Gt(gt):
            return gt
        case annotated_types.Le(le):
            return le + 1
        case annotated_types.Lt(lt):
            return lt
        case annotated_types.MinLen():
            return []


BOUNDS = [
    pytest.param((*path, name), beyond(bound), id=".".join((*path, name)) + f"-{type(bound).__name__}")
    for path, model in sections()
    for name, field in model.model_fields.items()
    for bound in field.metadata
]
CHOICES = [
    pytest.param((*path, name), id=".".join((*path, name)))
    for path, model in sections()
    for name, field in model.model_fields.items()
    if get_origin(field.annotation) is Literal
]
FLOATS = [
    pytest.param((*path, name), id=".".join((*path, name)))
    for path, model in sections()
    for name, field in model.model_fields.items()
    if field.annotation is float
]


@pytest.fixture
def load(tmp_path):
    """Load the real params.yaml with one key changed."""

    def changed(keys, value):
        document = copy.deepcopy(REAL)
        section = document
        for key in keys[:-1]:
            section = section[key]
        section[keys[-1]] = value
        file = tmp_path / "params.yaml"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return load_params(file)

    return changed


def test_the_real_params_load():
    assert load_params(ROOT / "params.yaml").model_dump(mode="json") == REAL


def test_the_real_params_name_every_key():
    assert sorted(keys(REAL)) == sorted(keys(Params().model_dump()))


def test_all_sections_are_found():
    inner = 1 + len(GateParams.model_fields)  # data.columns, and one per gate
    assert len(list(sections())) == 1 + len(Params.model_fields) + inner


@pytest.mark.parametrize("path", [".".join(path) for path, _ in sections()])
def test_an_unknown_key_is_refused_by_its_dotted_name(load, path):
    where = [*filter(None, path.split(".")), "no_such_key"]
    with pytest.raises(UsageError) as refused:
        load(where, 1)
    assert f"params.yaml: unknown key '{'.'.join(where)}': remove it" in str(refused.value)


@pytest.mark.parametrize(("where", "value"), BOUNDS)
def test_a_value_out_of_range_is_refused_by_name(load, where, value):
    with pytest.raises(UsageError) as refused:
        load(where, value)
    assert f"params.yaml: {'.'.join(where)} = {value!r}: " in str(refused.value)


def test_there_are_ranges_to_check():
    assert len(BOUNDS) > 60


@pytest.mark.parametrize("where", CHOICES)
def test_an_unknown_choice_is_refused_with_those_known(load, where):
    with pytest.raises(UsageError, match=r"= 'nonsense': Input should be '\w+'(, '\w+')* or '\w+'"):
        load(where, "nonsense")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", FLOATS)
def test_what_is_no_finite_number_is_refused_by_name(load, where, value):
    with pytest.raises(UsageError, match=rf"{'.'.join(where)} = (nan|inf): Input should be"):
        load(where, value)


def test_a_wrong_type_is_refused_by_name(load):
    with pytest.raises(UsageError, match=r"regions.n_regions = 'many': Input should be a valid integer"):
        load(["regions", "n_regions"], "many")
    with pytest.raises(UsageError, match=r"regions = 4: Input should be a valid dictionary"):
        load(["regions"], 4)
    with pytest.raises(UsageError, match=r"synthetic.drift_cycle.1 = 'huge': Input should be 'none'"):
        load(["synthetic", "drift_cycle"], ["none", "huge"])


@pytest.mark.parametrize("source", ["movielens", "table"])
def test_a_source_in_a_file_needs_its_path(load, source):
    with pytest.raises(UsageError, match=f"source '{source}' needs a path: set data.path to its file"):
        load(["data", "source"], source)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match="gone.yaml does not exist: run inside a RAIE repository"):
        load_params(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"data: [", "is not valid YAML: "),
        (b"data:\n\tsource: synthetic", "is not valid YAML: "),
        (b"data: !!python/object/apply:os.getcwd []", "is not valid YAML: "),
        (b"- data", "must hold sections of key: value, found list"),
        (b"synthetic", "must hold sections of key: value, found str"),
        (b"data: \xff", "is not UTF-8 text"),
    ],
)
def test_a_file_that_holds_no_sections_is_refused_in_one_line(tmp_path, content, message):
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=message) as refused:
        load_params(file)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_empty_file_means_all_defaults(tmp_path):
    file = tmp_path / "params.yaml"
    file.touch()
    assert load_params(file) == Params()


@pytest.mark.parametrize("model", [model for _, model in sections()], ids=lambda model: model.__name__)
def test_sections_are_frozen(model):
    section = model()
    for name in model.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(section, name, None)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"sequences": {"length": 60}}, "sequences.length = 60 exceeds backbone.max_length = 50"),
        ({"backbone": {"dim": 66, "n_heads": 4}}, "dim = 66 is not a multiple of n_heads = 4"),
        (
            {"backbone": {"name": "openp5", "family": "llama", "dim": 18, "n_heads": 2}},
            "dim = 18 makes heads of odd width 9",
        ),
        ({"backbone": {"prompt": "after <item_1> comes {history}"}}, "a prompt names no item"),
    ],
)
def test_values_that_do_not_go_together_are_refused_by_name(sections, message, tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(sections), encoding="utf-8")
    with pytest.raises(UsageError, match=message) as caught:
        load_params(path)
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_the_heads_of_a_language_model_are_its_own_business():
    Params.model_validate({"backbone": {"name": "openp5", "language_model": "a/b", "dim": 66, "n_heads": 4}})
