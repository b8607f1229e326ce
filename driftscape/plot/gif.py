"""Matplotlib's writer of GIF, with one palette for all frames."""

from __future__ import annotations

from matplotlib.animation import PillowWriter
from PIL import Image

_SHADES = 128  # colours; all frames have the same few


class GIFWriter(PillowWriter):
    """Write a GIF by Pillow.

    Pillow would choose the colours of every frame anew, which takes longer than drawing it.
    """

    _frames: list[Image.Image]
    outfile: str

    def finish(self) -> None:
        """Write the file."""
        opaque = [each.convert("RGB") for each in self._frames]  # matplotlib 3.8 keeps RGBA
        middle = opaque[len(opaque) // 2].quantize(_SHADES)
        frames = [each.quantize(palette=middle, dither=Image.Dither.NONE) for each in opaque]
        frames[0].save(
            self.outfile, save_all=True, append_images=frames[1:], duration=int(1000 / self.fps),
            loop=0, optimize=False,
        )  # fmt: skip
