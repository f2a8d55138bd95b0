"""A person's own screenshot for a package: checked by its bytes, and drawn anew without its metadata."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import EXIT_USAGE, RingbackError
from models.messages.diagnostics import Screenshot

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_BYTES = 5_000_000
"""Of the file that is given, and of what is put into the package."""
MOST_PIXELS = 40_000_000
"""More than eight screens of 2560 by 1440; a picture that claims more is not opened."""
QUALITY = 90
"""Of a JPEG, which is encoded anew."""

KINDS = {b"\x89PNG\r\n\x1a\n": ("PNG", "png"), b"\xff\xd8\xff": ("JPEG", "jpg")}
"""Pictures by their first bytes; the name of a file proves nothing."""


class NotAScreenshotError(RingbackError):
    """What was given as a screenshot is no PNG or JPEG, is broken, or is too large."""

    exit_code = EXIT_USAGE
    next_action = "Save the picture as PNG or JPEG of at most 5 MB, then ask for the package again."


def read_screenshot(path: Path) -> Screenshot:
    """Return the picture in a file without anything but its pixels: no place, camera, time, name or comment.

    Only the first picture of a file is kept, turned as its camera says. Raises NotAScreenshotError. What the
    picture shows is not read: whoever gives it hides the numbers in it.
    """
    data = _bytes_of(path)
    kind, ending = next((known for magic, known in KINDS.items() if data.startswith(magic)), ("", ""))
    if not kind:
        raise NotAScreenshotError(f"{path.name} is neither a PNG nor a JPEG. Save it as one of them.")
    clean = _redrawn(path, data, kind)
    if len(clean) > MOST_BYTES:
        raise _too_large(path, len(clean))
    return Screenshot(f"screenshot.{ending}", clean)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        why = error.strerror or "unknown"
        raise NotAScreenshotError(f"{path.name} cannot be read ({why}). Name a picture that can.") from None
    if len(data) > MOST_BYTES:
        raise _too_large(path, path.stat().st_size)
    return data


def _redrawn(path: Path, data: bytes, kind: str) -> bytes:
    from PIL import Image, ImageOps, UnidentifiedImageError

    broken = (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError)
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAScreenshotError(
                    f"{path.name} has {picture.width} by {picture.height} pixels: too many. Make it smaller."
                )
            return _saved(ImageOps.exif_transpose(picture), kind)
    except broken as error:
        raise NotAScreenshotError(
            f"{path.name} is a broken {kind}: it cannot be drawn. Take the picture again."
        ) from error


def _saved(picture: "Picture", kind: str) -> bytes:
    """Return the pixels alone in the same format: a copy that was never opened from a file has no more."""
    from PIL import Image

    mode = "RGBA" if kind == "PNG" and picture.has_transparency_data else "RGB"
    bare = picture.convert(mode)
    fresh = Image.frombytes(mode, bare.size, bare.tobytes())
    out = io.BytesIO()
    fresh.save(out, format=kind, **({"quality": QUALITY} if kind == "JPEG" else {}))
    return out.getvalue()


def _too_large(path: Path, size: int) -> NotAScreenshotError:
    return NotAScreenshotError(
        f"{path.name} has {size:,} bytes, and at most {MOST_BYTES:,} are taken. Cut it to what matters."
    )
