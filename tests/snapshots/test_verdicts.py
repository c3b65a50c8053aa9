import json

import pytest

from raie.exceptions import MissingError
from raie.snapshots.verdicts import PROMOTION, promoted, promotion_of


@pytest.mark.parametrize("verdict", [True, False])
def test_what_the_stage_wrote_is_what_is_read(tmp_path, verdict):
    document = {"promoted": verdict, "headline": "refused: retention fell by 0.131", "checks": []}
    (tmp_path / PROMOTION).parent.mkdir(parents=True)
    (tmp_path / PROMOTION).write_text(json.dumps(document))
    assert promotion_of(tmp_path) == document
    assert promoted(tmp_path) is verdict


def test_no_verdict_is_no_promotion(tmp_path):
    with pytest.raises(MissingError, match=r"no verdict at .*promotion.json: run the stage promote first"):
        promoted(tmp_path)
