"""What all tests share: one option, and properties that are searched alike on every day."""

from hypothesis import settings


def pytest_addoption(parser):
    parser.addoption("--refresh-histories", action="store_true", help="rewrite tests/histories instead of comparing")


settings.register_profile("standoff", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("standoff")
