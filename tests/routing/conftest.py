import numpy as np
import pytest

from raie.adapters.bank import AdapterBank
from raie.adapters.export import save_adapter
from raie.adapters.jobs import Job
from raie.adapters.train import train_adapters
from raie.backbones.registry import build_backbone
from raie.encodings.encode import encode
from raie.params import AdapterParams, BackboneParams, EditParams, RegionParams
from raie.regions.construct import construct_regions
from raie.routing.router import route
from raie.sequences.windows import Windows

N_ITEMS = 30


@pytest.fixture(scope="session")
def windows():
    generator = np.random.default_rng(0)
    histories = generator.integers(1, N_ITEMS + 1, size=(60, 5)).astype(np.int32)
    histories[:20, :2] = 0
    times = np.where(histories, np.arange(1, 6), 0).astype(np.int64)
    users = np.array([f"u{row}" for row in range(60)])
    labels = generator.integers(1, N_ITEMS + 1, size=60).astype(np.int32)
    return Windows(users, histories, times, labels, np.full(60, 9))


@pytest.fixture(scope="session", params=["sasrec", "bert4rec"])
def backbone(request):
    params = BackboneParams(name=request.param, dim=16, n_layers=1, n_heads=2, max_length=8)
    return build_backbone(params, N_ITEMS, 3)


@pytest.fixture(scope="session")
def encodings(backbone, windows):
    return encode(backbone, windows, batch_size=64)


@pytest.fixture(scope="session")
def regions(encodings):
    params = RegionParams(n_regions=3, radius_quantile=0.6)
    built, _ = construct_regions(encodings, params=params, seed=1, snapshot="genesis", date="2020-01-01")
    return built


@pytest.fixture(scope="session")
def routes(encodings, regions):
    routes = route(encodings, regions, params=EditParams(expansion=0.0))
    assert len(set(routes.region[~routes.fallback])) == 3
    assert routes.fallback.any()
    return routes


@pytest.fixture(scope="session")
def bank(backbone, windows, routes, regions, tmp_path_factory):
    params, folders = AdapterParams(rank=4, epochs=4, learning_rate=3e-2), {}
    jobs = {
        name: Job(windows, (routes.region == row).astype(float), start=None, seed=row)
        for row, name in enumerate(regions.ids)
    }
    for name, trained in train_adapters(backbone, jobs, params=params).items():
        folders[name] = tmp_path_factory.mktemp("adapters") / name
        save_adapter(trained.state, folders[name], params=params, targets=backbone.lora_targets)
    return AdapterBank(backbone, folders)
