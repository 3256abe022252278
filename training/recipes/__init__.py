"""Pipelines of runs as data, and what leads a recipe from stage to stage.

One run by itself is in `runs` and `worker`.
"""

from training.recipes.stages import Recipe
from training.recipes.xwin import XWIN

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (XWIN,)}
