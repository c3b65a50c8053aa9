"""What can go wrong, each as one clear line that names the value and the remedy."""


class RaieError(Exception):
    """Base of every error that the command line reports without a traceback."""

    exit_code = 2


class UsageError(RaieError):
    """A value, file or parameter that the caller has to change."""


class MissingError(RaieError):
    """Something that was asked for does not exist."""


class RefusedError(RaieError):
    """A check said no: nothing was changed."""

    exit_code = 1


class BusyError(RaieError):
    """Another run holds the lock."""

    exit_code = 1


class TransientError(RaieError):
    """Something was killed or lost its connection: the same call may succeed when made again."""
