import json
from dataclasses import replace

import madecells
import numpy as np
import pytest

from raie.exceptions import UsageError
from raie.experiments.tables.agreement import check_agreement
from raie.experiments.tables.ranks import RankedWindows


def change_windows(cell, **changes):
    return replace(cell, windows=RankedWindows(**(vars(cell.windows) | changes)))


def of(cells, method, seed):
    return next(cell for cell in cells if (cell.method, cell.seed) == (method, seed))


def test_cells_of_one_experiment_agree_in_any_order(cells):
    check_agreement(cells)
    check_agreement(cells[::-1])


def test_other_users_are_refused_with_both_methods_named(cells):
    lora, full = of(cells, "lora", 1), of(cells, "full", 1)
    other = change_windows(full, user_id=np.roll(full.windows.user_id, 1))
    with pytest.raises(UsageError, match=r"lora and full .* windows of seed 1: run them again"):
        check_agreement([lora, other])


def test_other_parts_are_refused(cells):
    lora, full = of(cells, "lora", 1), of(cells, "full", 1)
    with pytest.raises(UsageError, match="lora and full"):
        check_agreement([lora, change_windows(full, part=full.windows.part[::-1])])


def test_other_finetuning_windows_are_refused(tmp_path):
    madecells.write_cell(tmp_path, "full")
    file = madecells.write_cell(tmp_path, "lora")
    record = json.loads(file.read_text())
    record["protocol"]["windows"]["finetune"] += 1
    file.write_text(json.dumps(record))
    with pytest.raises(UsageError, match="full and lora"):
        check_agreement(madecells.read(tmp_path))


def test_windows_of_different_seeds_may_differ(cells):
    first, second = of(cells, "lora", 0), of(cells, "full", 1)
    assert not np.array_equal(first.windows.user_id, second.windows.user_id)
    check_agreement([first, second])


@pytest.mark.parametrize(
    ("changes", "message"), [({"n_items": 301}, "protocol.n_items is 300 in"), ({"length": 10}, "length")]
)
def test_another_protocol_is_refused(tmp_path, changes, message):
    madecells.write_cell(tmp_path, "full")
    file = madecells.write_cell(tmp_path, "lora")
    record = json.loads(file.read_text())
    record["protocol"] |= changes
    file.write_text(json.dumps(record))
    with pytest.raises(UsageError, match=message):
        check_agreement(madecells.read(tmp_path))


def test_another_backbone_is_refused(tmp_path):
    madecells.write_cell(tmp_path, "full")
    madecells.write_cell(tmp_path, "lora", backbone="bert4rec")
    mixed = madecells.read(tmp_path) + madecells.read(tmp_path, backbone="bert4rec")
    with pytest.raises(UsageError, match="'sasrec' in full of seed 0 and 'bert4rec' in lora"):
        check_agreement(mixed)


def test_cells_of_another_question_are_refused(tmp_path):
    for method, question in (("full", "a1"), ("lora", "b2")):
        madecells.write_cell(tmp_path, method, question=question)
    with pytest.raises(UsageError, match="question is 'a1' in full of seed 0 and 'b2' in lora"):
        check_agreement(madecells.read(tmp_path))


def test_a_cell_that_comes_twice_and_no_cells_are_refused(cells):
    with pytest.raises(UsageError, match="comes twice"):
        check_agreement([cells[0], cells[0]])
    with pytest.raises(UsageError, match="0 cells"):
        check_agreement([])
