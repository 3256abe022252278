"""Pipelines of runs as data, and what leads a recipe from stage to stage.

One run by itself is in `runs` and `worker`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from training.recipes import files
from training.recipes.files import FileInvalid, RecipeFile
from training.recipes.iterative_dpo import ITERATIVE_DPO
from training.recipes.openchat import OPENCHAT
from training.recipes.stages import Asked, Recipe
from training.recipes.ultrafeedback import ULTRAFEEDBACK
from training.recipes.xverse import XVERSE
from training.recipes.xwin import XWIN
from training.runs.forms import FormInvalid

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (XWIN, ITERATIVE_DPO, ULTRAFEEDBACK, OPENCHAT, XVERSE)}


def chosen(settings: Mapping[str, Any]) -> tuple[Recipe, str]:
    """The recipe that settings name, and its scale: its first where they name none. Raises FormInvalid."""
    name = settings.get("recipe", "")
    recipe = RECIPES.get(name)
    if recipe is None:
        fault = f"There is no recipe {name!r}." if name else "Say which, or give a file."
        raise FormInvalid({"recipe": f"{fault} Choose among {', '.join(RECIPES)}."})
    scale = settings.get("scale") or recipe.scales[0]
    if scale not in recipe.scales:
        raise FormInvalid({"scale": f"{recipe.name} has {', '.join(recipe.scales)}."})
    return recipe, scale


def asked(settings: Mapping[str, Any], rows: Mapping[str, int] | None = None) -> Asked:
    """What settings choose of a recipe; `rows` of each version that is given. Raises FormInvalid."""
    recipe, scale = chosen(settings)
    try:
        options = msgspec.convert(settings.get("options", {}), recipe.options, strict=False)
    except msgspec.ValidationError as error:
        raise FormInvalid({"options": f"{error}. There are {', '.join(recipe.options.__struct_fields__)}."}) from error
    given = frozenset({*settings.get("given", {}), *(rows or {})})
    return Asked(scale, settings.get("seed", 0), options, given, rows or {})


def built(settings: Mapping[str, Any], rows: Mapping[str, int] | None = None) -> RecipeFile:
    """The whole recipe that settings name, or that they bring as a file. Raises FormInvalid."""
    if settings.get("file"):
        try:
            return files.convert(settings["file"])
        except FileInvalid as error:
            raise FormInvalid({"file": str(error)}) from error
    recipe, scale = chosen(settings)
    wanted = asked(settings, rows)
    return files.file_of(recipe.name, recipe.title, recipe.description, scale, wanted.seed, recipe.build(wanted))


def makes(file: RecipeFile) -> set[str]:
    """The needs for which the studio's recipe of that name and scale makes versions itself."""
    recipe = RECIPES.get(file.recipe)
    if recipe is None or file.scale not in recipe.scales:
        return set()
    needs = recipe.build(Asked(file.scale, options=recipe.options())).needs
    return {name for name, need in needs.items() if need.is_made}
