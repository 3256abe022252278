import hashlib

from annotation.datasets.split import split_of

DIGESTS = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(5000)]


def share(test_share: float, seed: int = 0) -> float:
    return sum(split_of(digest, test_share, seed) == "test" for digest in DIGESTS) / len(DIGESTS)


def test_about_the_share_asked_for_is_test() -> None:
    assert abs(share(0.1) - 0.1) < 0.015
    assert abs(share(0.5) - 0.5) < 0.025


def test_none_and_all_are_exact() -> None:
    assert (share(0.0), share(1.0)) == (0.0, 1.0)


def test_the_same_prompt_falls_on_the_same_side_always() -> None:
    assert [split_of(d, 0.3, 7) for d in DIGESTS] == [split_of(d, 0.3, 7) for d in DIGESTS]


def test_another_seed_is_another_split() -> None:
    assert [split_of(d, 0.5, 1) for d in DIGESTS] != [split_of(d, 0.5, 2) for d in DIGESTS]


def test_a_greater_share_only_adds_to_the_test_side() -> None:
    small, large = ({d for d in DIGESTS if split_of(d, s, 0) == "test"} for s in (0.1, 0.2))
    assert small < large
