"""An ensemble in motion, as GIF, MP4 or a page of HTML."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..simulate.progress import Progress, ProgressOption, check_progress
from ..typing import Float
from ..validate import check_choice, check_flag, check_positive, check_whole, shown
from .canvas import settle
from .cloud import draw_line
from .paths import label
from .states import States, Trajectories
from .style import in_style, style
from .under import draw_under
from .words import dynamics_title, landscape_titles, set_title

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.animation import AbstractMovieWriter
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from mpl_toolkits.mplot3d import Axes3D
    from mpl_toolkits.mplot3d.art3d import Line3D

    from .film import Film

SUFFIXES = (".gif", ".mp4", ".html")
_WIDTH = 5.0  # inches of the film
_DPI = 100.0


def animate(
    run: xr.Dataset,
    path: str | os.PathLike[str],
    *,
    trajectories: Trajectories | None = 500,
    frames: int = 100,
    fps: float = 20.0,
    coordinates: str | Iterable[str] | None = None,
    landscape: bool = True,
    trail: int = 0,
    dpi: float = _DPI,
    progress: ProgressOption = None,
    diverged: str | None = None,
) -> Path:
    """Write an ensemble in motion to a file: .gif, .mp4 or .html, by the ending of its name.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots (`save_every=`).
    path
        The file.  A GIF is written by Pillow, an MP4 by ffmpeg, a program that must be installed;
        a page of HTML has its frames inside, and buttons to play them.
    trajectories
        How many are shown, the first ones; or the numbers of some; None for all.
    frames
        Number of frames, evenly spaced over the snapshots; where these are fewer, one for each.
    fps
        Frames per second.
    coordinates
        One to three coordinates; default: the first two of the landscape.

    Other Parameters
    ----------------
    landscape
        Whether the landscape lies beneath.
    trail
        Number of earlier snapshots over which each point draws a line behind it.
    dpi
        Pixels per inch; a film is 5 inches wide, or as wide as `with plot.style(width=...)` says.
    progress
        Progress bar: None shows it on a terminal after a second, True and False always and never;
        or a function of the number of frames done and of all.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    pathlib.Path
        The file, complete: an interrupted film leaves none.

    Raises
    ------
    TypeError, ValueError
        It is no run, it has no snapshots, or an argument is refused.
    RuntimeError
        ffmpeg is needed and not found.

    Examples
    --------
    >>> import tempfile
    >>> from driftscape import landscapes, plot, simulate
    >>> run = simulate.run(landscapes.double_well(), simulate.Ito(beta=4, dt=0.01), time=2,
    ...                    trajectories=50, seed=1, save_every=20)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(plot.animate(run, f"{folder}/wells.gif", frames=5).name)
    wells.gif
    """
    target = _target(path)
    check_whole("frames", frames, 2, 100_000)
    check_whole("trail", trail, 0)
    check_positive("fps", fps)
    check_positive("dpi", dpi)
    check_flag("landscape", landscape)
    check_progress(progress)
    most = 2 if coordinates is None else 3
    states = States.of(run, trajectories, coordinates, diverged, most)
    time, x = states.snapshots()
    if len(time) < 2:
        raise ValueError(
            f"the run has {len(time)} snapshot; save more, with a smaller save_every=."
        )
    chosen = np.unique(np.linspace(0, len(time) - 1, min(frames, len(time))).round().astype(int))
    writer, partial = (
        _writer(target, fps),
        target.with_name(f".{target.stem}.partial{target.suffix}"),
    )
    try:
        film, show = _scene(states, time, x, landscape, trail, dpi)
        with (
            Progress("animate", len(chosen), 0, progress, "frames") as bar,
            writer.saving(film, str(partial), dpi),
        ):
            for number, index in enumerate(cast("list[int]", chosen.tolist()), 1):
                show(index)
                writer.grab_frame()
                bar.update(number)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _target(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path={shown(path)}; give the name of a file, 'wells.gif'.")
    target = Path(path)
    check_choice("the ending of path", target.suffix.lower(), SUFFIXES)
    if not target.parent.is_dir():
        raise ValueError(f"path={shown(str(path))}; there is no folder {str(target.parent)!r}.")
    return target


def _writer(target: Path, fps: float) -> AbstractMovieWriter:
    """Return matplotlib's writer of this kind of file."""
    from matplotlib import animation

    from .gif import GIFWriter

    if target.suffix.lower() == ".gif":
        return GIFWriter(fps=cast(int, fps))
    if target.suffix.lower() == ".html":
        limit = 1024.0  # megabytes that a page may have; matplotlib would drop frames above 20
        return animation.HTMLWriter(fps=cast(int, fps), embed_frames=True, embed_limit=limit)
    if not animation.FFMpegWriter.isAvailable():
        raise RuntimeError(
            f"path={target.name!r} needs the program ffmpeg, which is not found; install it (apt "
            "install ffmpeg, brew install ffmpeg, conda install ffmpeg), or write a .gif or .html."
        )
    even = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"]  # players need both
    return animation.FFMpegWriter(fps=cast(int, fps), codec="libx264", extra_args=even)


def _scene(
    states: States, time: Float, x: Float, landscape: bool, trail: int, dpi: float
) -> tuple[Film, Callable[[int], None]]:
    """Return the figure, and a function that moves its points to a snapshot."""
    from matplotlib import rcParams
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from .film import Film

    with style(_WIDTH) if not in_style() else style(rcParams["figure.figsize"][0]):
        width = float(rcParams["figure.figsize"][0])
        height = (0.62 if states.count == 1 else 0.86) * width
        film = Film(figsize=(width, height), dpi=dpi, layout="constrained")
        FigureCanvasAgg(film)
        space = states.count == 3
        ax = film.add_subplot(projection="3d") if space else film.add_subplot()
        columns = _columns(ax, states, x, landscape)
        moving = _artists(ax, columns, trail)
        clock: Any = cast("Axes3D", ax).text2D if space else ax.text
        text: Text = clock(0.99, 1.015, "", transform=ax.transAxes, ha="right", va="bottom")
        titles = landscape_titles(states.landscape)[-2:]
        set_title(ax, [f"{each}; {dynamics_title(states.dynamics)}" for each in titles] + titles)
        text.set_text(f"t = {time[-1]:.4g}")
        settle(ax)
        film.begin([*moving, text])

    def show(index: int) -> None:
        text.set_text(f"t = {time[index]:.4g}")
        _move(moving, columns, index, trail)

    return film, show


def _columns(ax: Axes, states: States, x: Float, landscape: bool) -> Float:
    """Prepare the axes and return what is drawn, shape (axes, trajectories, snapshots)."""
    if states.count == 1:
        above = draw_line(ax, states, x, landscape)
        heights = np.stack([above(part) for part in x[..., 0].T], axis=1)
        return np.stack([x[..., 0], heights])
    label(ax, states)
    if states.count == 2 and landscape:
        draw_under(ax, states.landscape, states.names, x)
    elif states.count == 2:
        ax.plot(*(np.nanquantile(x, [0, 1], axis=(0, 1)).T), alpha=0)
    else:
        ends = np.nanquantile(x, [0.001, 0.999], axis=(0, 1))
        ax.set(**{f"{n}lim": ends[:, i] for i, n in enumerate("xyz")})
    return np.moveaxis(x, -1, 0)


def _artists(ax: Axes, columns: Float, trail: int) -> list[Artist]:
    start = columns[..., 0]
    points = ax.plot(*start, "o", ms=3.2, alpha=0.75, zorder=3)
    if not trail:
        return [*points]
    lines = ax.plot(*start, "-", lw=0.7, alpha=0.5, color=points[0].get_color(), zorder=2)
    return [*lines, *points]


def _move(artists: list[Artist], columns: Float, index: int, trail: int) -> None:
    """Move the points to a snapshot, and the line behind them; NaN separates trajectories."""
    _put(artists[-1], columns[..., index])
    if trail:
        past = columns[..., max(0, index - trail) : index + 1]
        gap = np.full((*past.shape[:2], 1), np.nan)
        _put(artists[0], np.concatenate([past, gap], axis=2).reshape(len(columns), -1))


def _put(artist: Artist, data: Float) -> None:
    if len(data) == 3:
        cast("Line3D", artist).set_data_3d(*data)
    else:
        artist.set(data=tuple(data))
