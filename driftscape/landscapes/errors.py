"""What a landscape says when it cannot give a field."""


class NotAvailable(ValueError):
    """The landscape does not determine this field; the message names the field and the reason."""
