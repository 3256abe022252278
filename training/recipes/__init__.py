"""Pipelines of runs as data, and what leads a recipe from stage to stage.

One run by itself is in `runs` and `worker`.
"""

from collections.abc import Mapping
from typing import Any

from training.recipes.stages import Recipe
from training.recipes.xwin import XWIN
from training.runs.forms import FormInvalid

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (XWIN,)}


def chosen(settings: Mapping[str, Any]) -> tuple[Recipe, str]:
    """The recipe that settings name, and its scale: its first where they name none. Raises FormInvalid."""
    name = settings.get("recipe", "")
    recipe = RECIPES.get(name)
    if recipe is None:
        raise FormInvalid({"recipe": f"There is no recipe {name!r}. There is {', '.join(RECIPES)}."})
    scale = settings["scale"] or recipe.scales[0]
    if scale not in recipe.scales:
        raise FormInvalid({"scale": f"{recipe.name} has {', '.join(recipe.scales)}."})
    return recipe, scale
