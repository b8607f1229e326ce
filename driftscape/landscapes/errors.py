"""Errors raised by landscapes."""


class FormulaError(ValueError):
    """A formula, name, number or law is not accepted; the message quotes it and states what is."""


class NotAvailable(ValueError):
    """The landscape does not determine this field; the message names the field and the reason."""
