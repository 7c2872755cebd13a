"""How a command may end, other than well."""


class Stopped(Exception):  # noqa: N818 (no error: the user asked for it, or the disk is full)
    """Ended early with its work kept; the message says how to go on."""


class RunError(RuntimeError):
    """A run that the model could not play; the message names it."""
