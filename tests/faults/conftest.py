"""What the fault tests share with the tests of the command line."""

from tests.acceptance.conftest import cli, home_with_the_sample, no_process_outlives_its_test, sample

__all__ = ["cli", "home_with_the_sample", "no_process_outlives_its_test", "sample"]
