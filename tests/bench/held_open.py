"""`python held_open.py`, run in any checkout: its studio with many pairs in it, open until the input ends.

Prints one line of JSON: the port, the cookies of an admin, and the pages to ask for.
"""

import json
import sys


def main() -> None:
    # Of the checkout in which this runs, which may be another than the one in which this file lies.
    from tests.bench import pages, populate
    from tests.bench.studio import opened, session

    with opened() as studio:
        cookies, made = session("admin"), pages.filled()
        populate.populate(pages.MANY)
        asked = pages.paths([*made, *pages.frozen()])
        sys.stdout.write(json.dumps({"port": studio.port, "cookies": cookies, "asked": asked}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
