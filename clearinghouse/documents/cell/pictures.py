"""Pictures: read the points, write them into a new file, leave everything else behind."""

import io
import struct
import warnings
import zlib
from typing import Final

from PIL import Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin

from clearinghouse.documents.cell.refusal import Refusal
from clearinghouse.documents.limits import Limits

# Named so that they are loaded before the door closes.
_LOADED: Final = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin)
_QUALITY: Final = 85
_BROKEN: Final = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError)
_BROKEN_TOO: Final = (EOFError, ZeroDivisionError, OverflowError, AttributeError, AssertionError)
_DAMAGED: Final = (*_BROKEN, *_BROKEN_TOO, struct.error, zlib.error, NotImplementedError)


def rewrite(content: bytes, kind: str, limits: Limits) -> tuple[str, bytes]:
    """Return the kind and the bytes of a fresh picture with the same points, upright.

    `kind` is "jpeg" or "png". A PNG that would be too large comes back as JPEG. Raises `Refusal`.
    """
    Image.MAX_IMAGE_PIXELS = limits.pixels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = _read(content, kind, limits)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Refusal("too_many_pixels") from error
        except _DAMAGED as error:
            raise Refusal("damaged") from error
    if kind == "png":
        written = write(picture, "PNG")
        if len(written) <= limits.result:
            return "png", written
    return "jpeg", write(_opaque(picture), "JPEG")


def write(picture: Image.Image, form: str) -> bytes:
    """Return a picture as the bytes of a new file without a word about it."""
    target = io.BytesIO()
    if form == "JPEG":
        picture.save(target, "JPEG", quality=_QUALITY, exif=b"", icc_profile=None, comment=b"")
    else:
        picture.save(target, "PNG", exif=None, icc_profile=None, pnginfo=None)
    return target.getvalue()


def _read(content: bytes, kind: str, limits: Limits) -> Image.Image:
    picture: Image.Image = Image.open(io.BytesIO(content), formats=(kind.upper(),))
    width, height = picture.size
    if width * height > limits.pixels:
        raise Refusal("too_many_pixels")
    if width < 1 or height < 1:
        raise Refusal("damaged")
    if kind == "jpeg":
        picture.draft(None, (min(width, limits.side), min(height, limits.side)))
    picture.load()
    return _plain(picture, limits)


def _plain(picture: Image.Image, limits: Limits) -> Image.Image:
    if picture.mode in {"P", "PA", "LA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if max(picture.size) > limits.side:
        # In place, before anything is copied: the largest pictures just fit into the memory.
        picture.thumbnail((limits.side, limits.side))
    if picture.mode.startswith(("I", "F")):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    elif picture.mode not in {"L", "RGB", "RGBA"}:
        picture = picture.convert("RGB")
    picture = _upright(picture)
    # Only the points go on: whatever a reader kept beside them stays here.
    return Image.frombytes(picture.mode, picture.size, picture.tobytes())


def _upright(picture: Image.Image) -> Image.Image:
    try:
        ImageOps.exif_transpose(picture, in_place=True)
    except _DAMAGED:
        # A wrong word about the camera is no reason to refuse the picture.
        return picture
    return picture


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper
