"""Parts of the archive's tables are what the whole tables would give."""

import pandas as pd
import pytest

from raie.archive.archive import open_archive
from tests.toldstory import tag_story

AS_OF = (None, "2024-03-02")


@pytest.fixture
def archive(repository, ledgers, tmp_path):
    return open_archive(tag_story(repository, ledgers, tmp_path))


@pytest.mark.parametrize("as_of", AS_OF)
def test_columns_and_regions_select_from_the_whole(archive, as_of):
    edits = archive.edits(as_of=as_of)
    names = ["snapshot", "region", "weight"]
    pd.testing.assert_frame_equal(archive.edits(as_of=as_of, columns=names), edits[names])
    for table in (archive.training, archive.region_metrics):
        whole = table(as_of=as_of)
        own = whole[whole["region"] == "r0001"].reset_index(drop=True)
        assert 0 < len(own) < len(whole)
        pd.testing.assert_frame_equal(table(as_of=as_of, region="r0001"), own)
        assert len(table(as_of=as_of, region="r0009")) == 0


@pytest.mark.parametrize("as_of", AS_OF)
def test_totals_are_sums_and_ends_of_the_tables(archive, as_of):
    totals = archive.region_totals(as_of=as_of).set_index("region")
    training, metrics = archive.training(as_of=as_of), archive.region_metrics(as_of=as_of)
    assert sorted(totals.index) == sorted(training["region"].unique())
    for region, total in totals.iterrows():
        own = training[(training["region"] == region) & training["trained"]]
        assert (0 if pd.isna(total["trained"]) else total["trained"]) == own["windows"].sum()
        recall = metrics[(metrics["region"] == region) & (metrics["part"] == "setup_heldout")]["recall"]
        if recall.empty:
            assert pd.isna(total["recall_first"]) and pd.isna(total["recall_now"])
        else:
            assert (total["recall_first"], total["recall_now"]) == (recall.iloc[0], recall.iloc[-1])
