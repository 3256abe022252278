"""What cards can do at most, by the names that they give themselves. Pure: knows no torch and no Django."""

import re

H100_SXM = 989e12
# Dense bf16 operations a second by NVIDIA's data sheets, which name twice as many with sparsity. The first that fits.
PEAKS = (
    (r"A100\b.*|A800\b.*", 312e12),
    (r"H100 PCIe|H800 PCIe", 756e12),
    (r"(H100|H200) NVL", 835e12),
    (r"(H100|H200|H800)\b.*", H100_SXM),
    (r"H20", 148e12),
    (r"B200", 2250e12),
    (r"L40S", 362e12),
    (r"L40", 181e12),
    (r"L4", 121e12),
    (r"A40", 149.7e12),
    (r"A30", 165e12),
    (r"A10", 125e12),
    (r"RTX A6000", 154.8e12),
    (r"RTX 6000 Ada Generation", 364e12),
    (r"GeForce RTX 4090", 165.2e12),
)


def peak(name: str) -> float | None:
    """Dense bf16 operations a second of a card such as `NVIDIA H100 80GB HBM3`; None where it is not known.

    A slice of a card (MIG) has a part of them, and no data sheet says which.
    """
    if "MIG" in name:
        return None
    called = name.removeprefix("NVIDIA ")
    return next((operations for pattern, operations in PEAKS if re.fullmatch(pattern, called)), None)
