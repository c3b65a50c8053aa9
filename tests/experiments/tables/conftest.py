import madecells
import pytest

from raie.experiments.tables.rows import table_of


@pytest.fixture(scope="session")
def cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("experiment")
    madecells.write_some(folder)
    return madecells.read(folder)


@pytest.fixture(scope="session")
def table(cells):
    return table_of(cells, order=["frozen", "full", "lora", "retrain", "raie"], n_resamples=300)
