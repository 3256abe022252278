"""What imports what, where order counts."""

import subprocess
import sys

import pytest


@pytest.mark.timeout(300)
def test_each_module_can_be_the_first_that_is_imported() -> None:
    told = subprocess.run([sys.executable, "-m", "tests.imported_first"], capture_output=True, text=True, check=True)
    assert told.stdout == ""
