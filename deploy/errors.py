"""What the library side of `deploy` raises: its text is one clear line for a person, and says what to do."""


class Problem(Exception):  # noqa: N818 - a state of this machine or of its settings
    """Tidegate can't be run as asked; `str()` is shown as it is, exit code 2."""
