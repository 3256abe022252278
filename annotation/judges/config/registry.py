"""Judges by name: of the library, of the folder in STUDIO_JUDGES, and of published files (`alpaca_eval/…`)."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings as conf

from annotation.judges.config import folders
from annotation.judges.config.description import Judge as Judge
from annotation.judges.config.description import JudgeInvalid as JudgeInvalid
from annotation.judges.config.description import Price as Price
from annotation.judges.config.published import alpaca_eval_configs, fastchat_prompts
from annotation.models.keeping import hidden_judges
from studio.projects.scope import one_here

LIBRARY = Path(__file__).parent / "library"


class Source(NamedTuple):
    """Where published judges come from; their names begin with the source's."""

    names: Callable[[], list[str]]
    load: Callable[[str], Judge]


SOURCES = {
    "alpaca_eval": Source(alpaca_eval_configs.names, alpaca_eval_configs.load),
    "fastchat": Source(fastchat_prompts.names, fastchat_prompts.load),
}


def names() -> list[str]:
    """Of all judges that can be loaded."""
    return [judge.name for judge in loaded()]


def loaded() -> list[Judge]:
    """All judges that can be loaded, by name; each is read once."""
    judges = []
    for name in usable(everywhere()):
        with suppress(JudgeInvalid):
            judges.append(load(name))
    return judges


def usable(listed: list[str]) -> list[str]:
    """Those that the project at work may use."""
    if one_here() is None:
        return listed
    hidden = hidden_judges()
    return [name for name in listed if name not in hidden]


def found() -> dict[str, str]:
    """Every judge that there is by name, with what is to be mended before it can judge, or nothing."""
    return {name: fault(name) for name in usable(everywhere())} | hidden()


def everywhere() -> list[str]:
    """The names of all judges, those that cannot be loaded among them."""
    published = [f"{source}/{name}" for source, files in SOURCES.items() for name in files.names()]
    return sorted({*folders.names(LIBRARY), *own(), *published})


def hidden() -> dict[str, str]:
    """Folders of the user's whose names the library has."""
    both = set(own()) & set(folders.names(LIBRARY))
    return {str(Path(conf.JUDGES) / name): "The library has a judge of this name: rename the folder." for name in both}


def fault(name: str) -> str:
    try:
        load(name)
    except JudgeInvalid as error:
        return str(error)
    return ""


def own() -> list[str]:
    return folders.names(Path(conf.JUDGES)) if conf.JUDGES else []


def unknown(name: str) -> JudgeInvalid:
    return JudgeInvalid(f"There is no judge {name!r}. There are {', '.join(names())}.")


def load(name: str) -> Judge:
    """From its files, whoever may use it. Raises JudgeInvalid."""
    source, _, published = name.partition("/")
    if published and source in SOURCES:
        return SOURCES[source].load(published)
    if name in folders.names(LIBRARY):
        return folders.read(LIBRARY / name, base)
    if name in own():
        return folders.read(Path(conf.JUDGES) / name, base)
    raise unknown(name)


def ready(name: str) -> Judge:
    """A judge that can judge here: if it has judged before, it is unchanged since. Raises JudgeInvalid.

    Of one that is kept to other projects this one learns nothing.
    """
    if not usable([name]):
        raise unknown(name)
    judge = load(name)
    judge.known_author()
    return judge


def base(name: str) -> Judge:
    """What a judge may be like: none of your own judges, so that none can be like itself."""
    if name in own() and name not in folders.names(LIBRARY):
        raise JudgeInvalid("a judge of the library or a published one can be built upon, and no other.")
    return load(name)
