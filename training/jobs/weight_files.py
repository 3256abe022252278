"""A checkpoint's safetensors, read and written one tensor at a time: no model is ever whole in memory."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import safe_open

INDEX = "model.safetensors.index.json"
WEIGHTS = ".safetensors"
# As safetensors names them.
TYPES: dict[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
NAMES = {type: name for name, type in TYPES.items()}


@dataclass(frozen=True)
class TensorShape:
    """`type` is safetensors' name of the format of its numbers."""

    type: str
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        return int(prod(self.shape) * TYPES[self.type].itemsize)


Shapes = dict[str, TensorShape]


class WeightFolder:
    """The tensors of a checkpoint's folder by their names; open while it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = sorted(folder.glob(f"*{WEIGHTS}"))
        # By file, in the order of the file.
        self.layout: dict[str, Shapes] = {path.name: shapes_in(path) for path in self.files}
        self.opened = ExitStack()
        self.readers: dict[str, Any] = {}

    def __enter__(self) -> "WeightFolder":
        for path in self.files:
            reader = self.opened.enter_context(safe_open(path, "pt"))
            self.readers |= dict.fromkeys(self.layout[path.name], reader)
        return self

    def __exit__(self, *_: object) -> None:
        self.readers.clear()
        self.opened.close()

    @property
    def shapes(self) -> Shapes:
        return {name: shape for found in self.layout.values() for name, shape in found.items()}

    def read(self, name: str) -> torch.Tensor:
        tensor: torch.Tensor = self.readers[name].get_tensor(name)
        return tensor


def shapes_in(path: Path) -> Shapes:
    """The file begins with the length of its header in eight bytes, little-endian."""
    with path.open("rb") as file:
        header = msgspec.json.decode(file.read(int.from_bytes(file.read(8), "little")))
    told = {name: about for name, about in header.items() if name != "__metadata__"}
    return {name: TensorShape(about["dtype"], tuple(about["shape"])) for name, about in told.items()}


def write(path: Path, shapes: Mapping[str, TensorShape], tensors: Iterator[torch.Tensor]) -> None:
    """A file of tensors that come in the order of `shapes`. It is there under its name only when it is whole."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, about in shapes.items():
        header[name] = {"dtype": about.type, "shape": about.shape, "data_offsets": (end, end := end + about.bytes)}
    encoded = msgspec.json.encode(header)
    # Tensors begin at a multiple of eight bytes.
    encoded += b" " * (-len(encoded) % 8)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for (name, about), tensor in zip(shapes.items(), tensors, strict=True):
            if (NAMES[tensor.dtype], tuple(tensor.shape)) != (about.type, about.shape):
                raise ValueError(f"{name} is {tensor.dtype} {tuple(tensor.shape)}, and {about} was announced")
            file.write(tensor.contiguous().flatten().view(torch.uint8).numpy().data)
    part.replace(path)


def copy_beside(folder: Path, output: Path) -> None:
    """All that is no weight: configuration, tokenizer, template, and the index, whose names stay."""
    output.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.suffix != WEIGHTS:
            shutil.copy2(path, output / path.name)
