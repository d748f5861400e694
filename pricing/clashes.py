"""Values that do not go together: which of them is at fault, and what to do."""


class ClashError(ValueError):
    """Raised where a model of the question is checked; told at the place of the value.

    Parameters
    ----------
    key
        Of the value within the model, with dots.
    value
        As it was given; None where what is missing is at fault.
    limit
        What holds and the value does not keep to.
    remedy
        What to do, as a sentence.
    """

    def __init__(self, key: str, value: object, limit: str, remedy: str) -> None:
        super().__init__(f"{key}: {limit}. {remedy}")
        self.key = key
        self.value = value
        self.limit = limit
        self.remedy = remedy
