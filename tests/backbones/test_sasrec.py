import subprocess
import sys

import torch

from raie.backbones.protocol import Batch
from raie.backbones.registry import build_backbone
from raie.params import BackboneParams


def sasrec():
    return build_backbone(BackboneParams(name="sasrec", dim=16, max_length=8), 12, seed=0)


def test_a_position_sees_only_what_came_before():
    items = torch.tensor([[1, 2, 3, 4, 5]])
    changed = torch.tensor([[1, 2, 3, 9, 5]])
    before, after = (sasrec().hidden_states(Batch(rows, rows)) for rows in (items, changed))
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3:], after[:, 3:])


def test_the_next_item_is_scored_from_the_newest_state():
    items = torch.tensor([[1, 2, 3, 4, 5]])
    model = sasrec()
    torch.testing.assert_close(model(items, items), model.hidden_states(Batch(items, items))[:, -1])


def test_the_loss_is_the_mean_surprise_at_every_next_item():
    items = torch.tensor([[0, 3, 5, 4]])
    model = sasrec()
    read = Batch(items[:, :-1], items[:, :-1])
    chances = model.scores(model.hidden_states(read)[0, 1:]).log_softmax(dim=1)
    wanted = -(chances[0, 5] + chances[1, 4]) / 2
    torch.testing.assert_close(model.pretraining_loss(Batch(items, items), torch.Generator()), wanted)


def test_sasrec_does_not_wait_for_transformers():
    code = (
        "import sys; from raie.backbones.registry import build_backbone; "
        "from raie.params import BackboneParams; "
        "build_backbone(BackboneParams(name='sasrec'), 5, 0); assert 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
