import numpy as np
import pytest
import torch
from pydantic import ValidationError

from raie.backbones.protocol import Batch
from raie.backbones.registry import build_backbone
from raie.backbones.tisasrec import relative_intervals
from raie.params import BackboneParams

SPAN = 20
ITEMS = torch.tensor([[0, 0, 3, 5, 4, 1], [7, 2, 6, 1, 9, 8]])
TIMES = torch.tensor([[0, 0, 100, 103, 103, 110], [50, 52, 60, 60, 64, 70]])


@pytest.fixture
def model():
    params = BackboneParams(name="tisasrec", dim=16, n_heads=2, max_length=8, time_span=SPAN)
    return build_backbone(params, 12, seed=0)


def naive_attention(attention, query, key, value, mask, intervals):
    """What the paper writes down: a key and a value for every pair of positions, (B, h, L, L, d / h)."""
    heads, length = query.shape[1], query.shape[2]
    keys, values, place_keys, place_values = (
        table.view(len(table), heads, -1).transpose(0, 1)
        for table in (
            attention.interval_keys,
            attention.interval_values,
            attention.position_keys[-length:],
            attention.position_values[-length:],
        )
    )
    pair_keys = key[:, :, None] + place_keys[:, None] + keys[:, intervals].transpose(0, 1)
    pair_values = value[:, :, None] + place_values[:, None] + values[:, intervals].transpose(0, 1)
    scores = (query[:, :, :, None] * pair_keys).sum(-1) / query.shape[3] ** 0.5
    weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
    return (weights[..., None] * pair_values).sum(3)


def test_attention_equals_the_one_with_a_vector_for_every_pair(model):
    batch, attention = Batch(ITEMS, TIMES), model.blocks[0].attention
    _, mask, positions, intervals = model.inputs(batch)
    query, key, value = torch.randn(3, 2, 2, 6, 8, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        attention.gather(query, key, value, mask, positions, intervals),
        naive_attention(attention, query, key, value, mask, intervals),
    )


def test_intervals_are_counted_in_the_smallest_seen_so_far():
    intervals = relative_intervals(Batch(ITEMS, TIMES), SPAN)
    # 100, 103, 103, 110: from the second event on the unit is 3.
    assert intervals[0, 2:, 2:].tril().tolist() == [[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [3, 2, 2, 0]]
    assert intervals[1, 5].tolist() == [10, 9, 5, 5, 3, 0]


def test_long_intervals_count_as_the_longest():
    assert relative_intervals(Batch(ITEMS, TIMES), 4)[1, 5].tolist() == [4, 4, 4, 4, 3, 0]


def test_the_smallest_interval_is_that_of_any_two_events():
    generator = np.random.default_rng(0)
    times = np.sort(generator.integers(1000, size=(20, 8)), axis=1)
    intervals = relative_intervals(Batch(torch.ones(20, 8, dtype=torch.int64), torch.tensor(times)), 10**6)
    for row, own in zip(times, intervals[:, -1], strict=True):
        pairs = np.abs(row[:, None] - row)
        assert own.tolist() == ((row[-1] - row) // pairs[pairs > 0].min()).tolist()


@pytest.mark.parametrize("times", [TIMES + 1_000_000, TIMES * 7, TIMES * 86_400 - 5])
def test_neither_the_date_nor_the_pace_of_a_history_matters(model, times):
    assert torch.equal(model(ITEMS, times), model(ITEMS, TIMES))


def test_a_row_of_its_own_pace_does_not_touch_the_others(model):
    times = TIMES.clone()
    times[0] *= 7
    assert torch.equal(model(ITEMS, times), model(ITEMS, TIMES))


def test_one_interval_matters(model):
    times = TIMES.clone()
    times[1, -1] += 4
    before, after = model(ITEMS, TIMES), model(ITEMS, times)
    assert torch.equal(before[0], after[0])
    assert not torch.allclose(before[1], after[1])


def test_the_time_of_padding_matters_nowhere(model):
    times = TIMES.clone()
    times[0, :2] = torch.tensor([99, 101])
    assert torch.equal(model(ITEMS, times), model(ITEMS, TIMES))


def test_a_first_event_at_second_zero_is_an_event(model):
    assert torch.equal(model(ITEMS, TIMES - TIMES[:, :1]), model(ITEMS, TIMES))
    early = torch.tensor([[0, 0, 0, 3, 3, 10]])
    assert torch.equal(model(ITEMS[:1], early), model(ITEMS[:1], TIMES[:1]))


def test_at_equal_times_only_order_and_items_count(model):
    """Every pair is at interval 0 then, which shifts all of a position's scores alike."""
    same = torch.full_like(TIMES, 5)
    before = model(ITEMS, same)
    with torch.no_grad():
        for block in model.blocks:
            block.attention.interval_keys.normal_()
            block.attention.interval_values[1:].normal_()
    torch.testing.assert_close(model(ITEMS, same), before)
    assert not torch.allclose(model(torch.flip(ITEMS[1:], [1]), same[1:]), before[1:])


def test_a_position_sees_only_what_came_before_times_included(model):
    items, times = ITEMS[1:].clone(), TIMES[1:].clone()
    # A new smallest interval at the end: no unit of an earlier position may follow it.
    items[0, -1], times[0, -1] = 3, times[0, -2] + 1
    before, after = model.hidden_states(Batch(ITEMS[1:], TIMES[1:])), model.hidden_states(Batch(items, times))
    assert torch.equal(before[:, :-1], after[:, :-1])
    assert not torch.allclose(before[:, -1], after[:, -1])


def test_the_loss_is_the_mean_surprise_at_every_next_item(model):
    items, times = torch.tensor([[0, 3, 5, 4]]), torch.tensor([[0, 10, 13, 40]])
    read = Batch(items[:, :-1], times[:, :-1])
    chances = model.scores(model.hidden_states(read)[0, 1:]).log_softmax(dim=1)
    wanted = -(chances[0, 5] + chances[1, 4]) / 2
    torch.testing.assert_close(model.pretraining_loss(Batch(items, times), torch.Generator()), wanted)


def test_half_precision_rounds_and_changes_no_more(model):
    exact = model(ITEMS, TIMES)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = model(ITEMS, TIMES)
    torch.testing.assert_close(rounded.float(), exact, atol=0.1, rtol=0.1)


def test_the_gradient_is_the_same_every_time(model):
    gradients = []
    for _ in range(2):
        model.zero_grad()
        model.pretraining_loss(Batch(ITEMS, TIMES), torch.Generator()).backward()
        gradients.append([weight.grad.clone() for weight in model.parameters() if weight.grad is not None])
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))


def test_it_learns_from_times_alone():
    """The next item is decided by whether the last pause was short or long: SASRec cannot know it."""
    params = BackboneParams(name="tisasrec", dim=16, n_layers=1, max_length=8, dropout=0.0, time_span=SPAN)
    model = build_backbone(params, 4, seed=0)
    items = torch.tensor([[1, 1, 1, 2], [1, 1, 1, 3]])
    times = torch.tensor([[0, 2, 4, 6], [0, 2, 12, 14]])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        loss = model.items.cross_entropy(model(items[:, :3], times[:, :3]), items[:, 3])
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


@pytest.mark.parametrize("span", [0, -3])
def test_a_span_of_nothing_is_refused(span):
    with pytest.raises(ValidationError, match="time_span"):
        BackboneParams(name="tisasrec", time_span=span)
