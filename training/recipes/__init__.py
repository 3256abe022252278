"""Pipelines of runs, as data."""

from training.recipes.stages import Recipe
from training.recipes.xwin import XWIN

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (XWIN,)}
