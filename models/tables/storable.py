"""Text as every database keeps it."""


def storable(text: str) -> str:
    """Return a text without what Postgres or UTF-8 refuse: NUL and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
