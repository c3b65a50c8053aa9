"""Nothing is read or written that could run code on load: the sources, scanned."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [file for room in ("raie", "flows", "benchmarks", "tests") for file in ROOT.glob(f"{room}/**/*.py")]

MODULES = {"pickle", "_pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "jsonpickle"}
FORBIDDEN = {
    "torch.save": "write safetensors",
    "yaml.load": "call yaml.safe_load",
    "yaml.load_all": "call yaml.safe_load_all",
    "yaml.full_load": "call yaml.safe_load",
    "yaml.unsafe_load": "call yaml.safe_load",
    "yaml.dump": "call yaml.safe_dump",
    "numpy.savez": "write safetensors",
    "numpy.savez_compressed": "write safetensors",
    "eval": "parse it",
    "exec": "import it",
}
REQUIRED = {
    "numpy.load": ("allow_pickle", False),
    "numpy.save": ("allow_pickle", False),
    "torch.load": ("weights_only", True),
}
METHODS = {"to_pickle", "read_pickle"}


def faults(source):
    """Lines that break the rule, with the reason."""
    tree = ast.parse(source)
    names = _imported(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, f"imports {n.name}") for n in node.names if _root(n.name) in MODULES]
        elif isinstance(node, ast.ImportFrom) and _root(node.module or "") in MODULES:
            found.append((node.lineno, f"imports {node.module}"))
        elif isinstance(node, ast.Call):
            found += [(node.lineno, why) for why in _call_faults(node, _dotted(node.func, names))]
    return found


def _call_faults(call, name):
    if name in FORBIDDEN:
        yield f"{name}: {FORBIDDEN[name]}"
    if name.rpartition(".")[2] in METHODS:
        yield f"{name}: use Parquet"
    if name in REQUIRED:
        keyword, value = REQUIRED[name]
        given = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
        if given.get(keyword) is not value:
            yield f"{name} without {keyword}={value}"


def _imported(tree):
    """Local names and what they stand for."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {n.asname or _root(n.name): n.name if n.asname else _root(n.name) for n in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {n.asname or n.name: f"{node.module}.{n.name}" for n in node.names}
    return names


def _dotted(node, names):
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    return f"{_dotted(node.value, names)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"


def _root(module):
    return module.partition(".")[0]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_source_pickles(file):
    assert faults(file.read_text(encoding="utf-8")) == []


def test_all_rooms_were_scanned():
    assert {file.relative_to(ROOT).parts[0] for file in SOURCES} >= {"raie", "flows", "tests"}
    assert len(SOURCES) > 100


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib.numpy_pickle as j",
        "import numpy as np\nnp.load('x')",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
        "import numpy as np\nnp.save('x', 1)",
        "from numpy import load as read\nread('x')",
        "import numpy as np\nnp.load('x', allow_pickle=flag)",
        "import torch\ntorch.load('x')",
        "import torch\ntorch.load('x', weights_only=False)",
        "import torch\ntorch.save({}, 'x')",
        "import yaml\nyaml.load('x', Loader=yaml.SafeLoader)",
        "from yaml import unsafe_load\nunsafe_load('x')",
        "import pandas as pd\npd.read_pickle('x')",
        "def f(frame):\n    frame.to_pickle('x')",
        "def f():\n    import shelve",
        "eval('1')",
    ],
)
def test_the_scan_bites(source):
    assert len(faults(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.load('x', allow_pickle=False, mmap_mode='r')",
        "import torch\ntorch.load('x', weights_only=True)",
        "import json\njson.load(stream)",
        "import yaml\nyaml.safe_load('x')",
        "class Model:\n    def eval(self):\n        return self.load('x')\nModel().eval()",
    ],
)
def test_the_scan_lets_pass_what_is_safe(source):
    assert faults(source) == []
