"""Every example in a docstring is true."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import standoff

ROOT = Path(standoff.__file__).parent
MODULES = [
    module.name
    for folder in ("world", "agents", "model", "experiments")
    for module in pkgutil.walk_packages([str(ROOT / folder)], f"standoff.{folder}.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
