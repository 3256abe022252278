"""The next token of each row: penalties, temperature, min-p, top-k and the nucleus, in vLLM's order, by its rules."""

from collections.abc import Sequence

import torch

from training.specs import Draw


def pick(logits: torch.Tensor, draw: Draw, generator: torch.Generator) -> torch.Tensor:
    """The likeliest at temperature 0, else drawn from those that min-p, top-k and then the nucleus leave."""
    if draw.temperature == 0:
        return logits.argmax(-1)
    logits = logits.float() / draw.temperature
    if draw.min_p:
        likely = torch.softmax(logits, dim=-1)
        logits = logits.masked_fill(likely < draw.min_p * likely.amax(-1, keepdim=True), -torch.inf)
    if 0 < draw.top_k < logits.shape[-1]:
        logits = logits.masked_fill(logits < logits.topk(draw.top_k).values[:, -1:], -torch.inf)
    probabilities = torch.softmax(logits, dim=-1)
    if draw.top_p < 1:
        ordered, places = probabilities.sort(dim=-1, descending=True)
        ordered[ordered.cumsum(-1) - ordered >= draw.top_p] = 0
        probabilities = torch.zeros_like(probabilities).scatter(-1, places, ordered)
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]


class Adjustment:
    """What a draw does to logits before one is chosen: it hangs on the prompt and on what was said so far.

    `repetition_penalty` counts both (Keskar et al., "CTRL", 2019), the other two what was said, as OpenAI's do.
    """

    def __init__(
        self, draw: Draw, ends: Sequence[int], prompts: Sequence[Sequence[int]], logits: torch.Tensor
    ) -> None:
        self.draw, self.ends, self.said = draw, list(ends), 0
        self.penalises = draw.repetition_penalty != 1 or draw.presence_penalty != 0 or draw.frequency_penalty != 0
        if self.penalises:
            self.counts = torch.zeros(len(prompts), logits.shape[-1], device=logits.device)
            self.asked = torch.zeros_like(self.counts, dtype=torch.bool)
            for row, ids in enumerate(prompts):
                self.asked[row, list(ids)] = True

    def adjusted(self, logits: torch.Tensor, places: Sequence[int]) -> torch.Tensor:
        """Logits of the rows that stand for the answers at `places`; −1 is a row that is finished."""
        if self.said < self.draw.min_tokens:
            logits = logits.clone()
            logits[:, self.ends] = -torch.inf
        return self.penalised(logits.float(), list(places)) if self.penalises else logits

    def penalised(self, logits: torch.Tensor, places: list[int]) -> torch.Tensor:
        counts = self.counts[places]
        met = self.asked[places] | (counts > 0)
        factor = self.draw.repetition_penalty
        logits = torch.where(met, torch.where(logits > 0, logits / factor, logits * factor), logits)
        return logits - self.draw.frequency_penalty * counts - self.draw.presence_penalty * (counts > 0)

    def note(self, tokens: torch.Tensor, places: Sequence[int]) -> None:
        """What was said by each row."""
        self.said += 1
        if self.penalises:
            going = [row for row, place in enumerate(places) if place >= 0]
            self.counts[[places[row] for row in going], tokens[going]] += 1
