"""A toy: a small world of word lists, tasks and rubrics in which a tiny model can be aligned in minutes.

Everything here is made by hand for the demonstration. It says nothing about real models or real people.
"""

# Slugs of the collections that the demo fills.
DEMO_COLLECTIONS = ("demo", "judge-test", "toy-train", "toy-held-out")
