"""What the person who grades can mend."""


class GradingError(Exception):
    """A class cannot be graded as asked; the message is one sentence that says what to do."""
