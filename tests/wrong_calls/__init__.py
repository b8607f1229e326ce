"""Wrong calls of every room: what is called, and words of the answer."""
