import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from raie.exceptions import UsageError
from raie.regions.kmeans import _refilled, resultants, spherical_kmeans


def sphere(seed, n, dim):
    rows = np.random.default_rng(seed).standard_normal((n, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def inertia_on_the_sphere(rows, labels):
    sums = np.array([rows[labels == label].sum(axis=0) for label in np.unique(labels)])
    return 2 * (len(rows) - np.linalg.norm(sums, axis=1).sum())


@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_cosine_argmax_equals_euclidean_argmin(seed, dim, number):
    rows, centers = sphere(seed, 50, dim), sphere(seed + 1, number, dim)
    distances = np.linalg.norm(rows[:, None] - centers[None], axis=2)
    np.testing.assert_array_equal((rows @ centers.T).argmax(axis=1), distances.argmin(axis=1))


@pytest.mark.parametrize("seed", range(5))
def test_same_partition_as_scikit_learn_on_separated_data(blobs, seed):
    rows, truth = blobs(seed)
    ours = spherical_kmeans(rows, n_clusters=4, seed=seed)
    theirs = KMeans(4, n_init=8, random_state=seed).fit(rows)
    assert adjusted_rand_score(ours.labels_, theirs.labels_) == 1.0
    assert adjusted_rand_score(ours.labels_, truth) == 1.0
    directions = theirs.cluster_centers_ / np.linalg.norm(theirs.cluster_centers_, axis=1, keepdims=True)
    matched = directions[(ours.centers_ @ directions.T).argmax(axis=1)]
    np.testing.assert_allclose(ours.centers_, matched, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kappa", [2.0, 10.0])
def test_inertia_is_not_worse_than_scikit_learn_on_overlapping_data(blobs, seed, kappa):
    rows, _ = blobs(seed, kappa=kappa, dim=16)
    ours = spherical_kmeans(rows, n_clusters=5, seed=seed)
    theirs = KMeans(5, n_init=8, random_state=seed).fit(rows)
    assert ours.inertia_ == pytest.approx(inertia_on_the_sphere(rows, ours.labels_), rel=1e-3)
    assert ours.inertia_ <= 1.01 * inertia_on_the_sphere(rows, theirs.labels_)


@pytest.mark.parametrize("seed", range(3))
def test_permuting_rows_permutes_labels(blobs, seed):
    rows, _ = blobs(seed, size=90 + seed)
    order = np.random.default_rng(seed).permutation(len(rows))
    plain = spherical_kmeans(rows, n_clusters=4, seed=1).labels_
    permuted = spherical_kmeans(rows[order], n_clusters=4, seed=1).labels_
    assert adjusted_rand_score(plain[order], permuted) == 1.0


def test_same_seed_same_bytes_and_inputs_stay(blobs):
    rows, _ = blobs(1)
    before = rows.copy()
    one, two = (spherical_kmeans(rows, n_clusters=3, seed=5) for _ in range(2))
    assert one.centers_.tobytes() == two.centers_.tobytes()
    np.testing.assert_array_equal(one.labels_, two.labels_)
    np.testing.assert_array_equal(rows, before)


def test_clusters_are_ordered_by_size(blobs):
    rows, labels = blobs(2)
    kept = rows[(labels != 3) | (np.cumsum(labels == 3) < 20)]
    sizes = np.bincount(spherical_kmeans(kept, n_clusters=4, seed=0).labels_)
    assert list(sizes) == sorted(sizes, reverse=True)


@pytest.mark.parametrize("number", [1, 2, 7])
def test_every_cluster_has_members_also_among_duplicates(number):
    rows = np.repeat(sphere(0, 7, 8), 5, axis=0)
    found = spherical_kmeans(rows, n_clusters=number, seed=0)
    assert (np.bincount(found.labels_, minlength=number) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(found.centers_, axis=1), 1)


def test_an_empty_cluster_takes_the_farthest_row():
    rows = sphere(3, 30, 4)
    centers = np.vstack([rows[0], -rows[0]])
    labels = np.zeros(30, dtype=np.int64)
    assert np.flatnonzero(_refilled(rows, labels, centers) == 1) == (rows @ rows[0]).argmin()


def test_resultants_are_sums():
    rows, labels = sphere(1, 20, 5), np.arange(20) % 3
    expected = [rows[labels == k].sum(axis=0) for k in range(3)]
    np.testing.assert_allclose(resultants(rows, labels, n_clusters=3), expected)


@pytest.mark.parametrize(
    ("rows", "number", "message"),
    [
        (sphere(0, 5, 4), 6, "5 rows"),
        (np.repeat(sphere(0, 2, 4), 9, axis=0), 3, "2 distinct"),
        (sphere(0, 5, 4), 0, "n_clusters = 0"),
        (2 * sphere(0, 5, 4), 2, "row 0 has norm 2"),
        (np.full((5, 4), np.nan), 2, "row 0 has norm nan"),
        (np.ones(5), 1, r"shape \(5,\)"),
        (np.ones((5, 1)), 1, r"shape \(5, 1\)"),
    ],
)
def test_bad_input_is_one_line(rows, number, message):
    with pytest.raises(UsageError, match=message) as error:
        spherical_kmeans(rows, n_clusters=number, seed=0)
    assert "\n" not in str(error.value)
