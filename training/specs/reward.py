"""Settings of a reward model."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from training.specs.head import LARGE
from training.specs.trainers import Training

Margin = Literal["none", "grade", "fixed", "agreement"]
TooLong = Literal["drop", "cut_left", "cut_response"]


class Reward(Training, frozen=True, kw_only=True, tag="reward"):
    """Bradley-Terry reward model: a scalar head in place of the language model's."""

    INPUTS = ("train",)

    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 1e-5
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 1.0
    margin: Annotated[
        Margin,
        Meta(
            description="By how much the chosen response must win: by its mean grade as Llama 2 did, by as much for "
            "every pair, or by how far the votes agree (0 where they are split, 1 where all agree)."
        ),
    ] = "none"
    margin_scale: Annotated[
        float, Meta(gt=0, lt=LARGE, description="Times the margin; a fixed margin is as large as this.")
    ] = 1.0
    labels: Annotated[
        Literal["hard", "soft"],
        Meta(description="soft learns the share of the votes for the chosen response, hard that it is better."),
    ] = "hard"
    weights: Annotated[
        Literal["equal", "grade", "agreement", "votes"],
        Meta(description="What a pair counts by in the loss; the mean weight is 1."),
    ] = "equal"
    center: Annotated[float, Meta(ge=0, description="Weight that keeps rewards near zero; 0.01 if any.")] = 0.0
    too_long: Annotated[
        TooLong,
        Meta(
            description="Pairs above max_length: left out, cut at their beginning (both responses alike), or each "
            "response cut at its end, with the token that ends it."
        ),
    ] = "drop"

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.labels == "soft" and self.margin != "none":
            yield "margin: soft labels say already how far a pair is apart; use none, or hard labels"
        if self.margin == "none" and self.margin_scale != 1:
            yield "margin_scale: there is no margin to scale; choose a margin, or leave 1"
