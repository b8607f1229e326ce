"""A figure of which frames are taken quickly: what does not move is drawn once.

A writer of `matplotlib.animation` asks for each frame by `savefig`, which would draw everything
anew.  Here it gets the canvas, on which the artists that move were drawn over a stored background.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure


class Film(Figure):
    """A figure with artists that move; `savefig` writes the present frame."""

    moving: Sequence[Artist] = ()
    _still: Any = None

    def begin(self, moving: Sequence[Artist]) -> None:
        """Draw all but the artists that move."""
        self.moving = moving
        for artist in moving:
            artist.set_animated(True)
        canvas: Any = self.canvas
        canvas.draw()
        self.set_layout_engine("none")  # it was laid out; a frame must not move the axes
        self._still = canvas.copy_from_bbox(self.bbox)

    def savefig(self, fname: object, *, format: str = "png", **_: object) -> None:  # noqa: A002
        """Write the present frame to a stream, as bytes of RGBA or as PNG.

        The resolution is that of the figure, and other options of matplotlib's method do not apply.
        """
        canvas: Any = self.canvas
        stream = cast("IO[bytes]", fname)
        canvas.restore_region(self._still)
        for artist in self.moving:
            assert artist.axes is not None
            artist.axes.draw_artist(artist)
        pixels = np.asarray(canvas.buffer_rgba())
        if format == "rgba":
            stream.write(pixels.tobytes())
            return
        from PIL import Image

        Image.fromarray(pixels).convert("RGB").save(stream, format, compress_level=3)
