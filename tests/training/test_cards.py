"""What cards can do, by the names that drivers give them."""

import pytest

from training.cards import peak


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA A100 80GB PCIe", 312e12),
        ("NVIDIA A800-SXM4-80GB", 312e12),
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA H100 NVL", 835e12),
        ("NVIDIA H200", 989e12),
        ("NVIDIA H20", 148e12),
        ("NVIDIA L40S", 362e12),
        ("NVIDIA L4", 121e12),
        ("NVIDIA GeForce RTX 4090", 165.2e12),
    ],
)
def test_a_card_is_known_by_its_name(name: str, expected: float) -> None:
    assert peak(name) == expected


@pytest.mark.parametrize("name", ["NVIDIA H200 MIG 1g.18gb", "NVIDIA A10G", "NVIDIA GeForce RTX 3090", "AMD MI300X"])
def test_what_no_data_sheet_says_is_not_known(name: str) -> None:
    assert peak(name) is None
