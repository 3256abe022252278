"""A command of `manage.py` as people paste it into a shell: the one place where its words are quoted."""

import shlex

from studio.projects import addresses


def manage(command: str, *words: object, **options: object) -> str:
    """`python manage.py command words --option value`, each word quoted where the shell would read it otherwise.

    In single quotes nothing is expanded, `!` neither. `True` stands for an option without a value; None and False
    leave it out; a list repeats it. Words that begin with a dash come last, behind `--`.
    In a request that is at work in a project the command names it.
    """
    options |= {"project": addresses.slug() or None}
    named = [word for name, value in options.items() for word in option(name, value)]
    plain = list(map(str, words))
    if any(word.startswith("-") for word in plain):
        plain, named = named, ["--", *plain]
    return shlex.join(["python", "manage.py", command, *plain, *named])


def option(name: str, value: object) -> list[str]:
    if value is None or value is False:
        return []
    if isinstance(value, list):
        return [word for one in value for word in option(name, one)]
    flag = f"--{name.replace('_', '-')}"
    text = str(value)
    if value is True:
        return [flag]
    return [f"{flag}={text}"] if text.startswith("-") else [flag, text]
