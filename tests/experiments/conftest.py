import numpy as np
import pytest

from raie.experiments.cells.question import Protocol, Question, content_of
from raie.params import BackboneParams, PretrainParams

N_USERS, N_ITEMS, N_EVENTS = 60, 30, 24


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """Walks around a circle of items, forwards in the first half of time and by twos afterwards."""
    generator = np.random.default_rng(0)
    lines = []
    for user in range(N_USERS):
        item = int(generator.integers(N_ITEMS))
        times = np.sort(generator.choice(10_000, N_EVENTS, replace=False))
        for time in times:
            item = (item + (1 if time < 5_000 else 2)) % N_ITEMS
            lines.append((int(time), f"u{user}", f"i{item}"))
    file = tmp_path_factory.mktemp("circle walks") / "events.tsv"
    file.write_text(
        "".join(f"{user}\t{item}\t{1_600_000_000 + 60 * time}\n" for time, user, item in sorted(lines))
    )
    return file


@pytest.fixture
def question(dataset):
    return Question(
        file=dataset,
        content=content_of(dataset),
        dataset="circle",
        protocol=Protocol(length=8, max_finetune=200, max_test=80, max_heldout=40),
        backbone=BackboneParams(dim=16, n_layers=1, max_length=10),
        pretrain=PretrainParams(epochs=2, validation_share=0.05),
        epochs=1,
        batch_size=32,
    )
