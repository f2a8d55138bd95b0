"""Text as every database keeps it."""


def storable(text: str | None) -> str | None:
    """Return a text without what Postgres or UTF-8 refuse: NUL and halves of surrogate pairs."""
    if text is None:
        return None
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
