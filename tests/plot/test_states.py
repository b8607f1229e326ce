"""Paths, clouds and films show the states of the run."""

import numpy as np
import pytest

from driftscape import landscapes, plot, simulate


def test_paths_of_one_coordinate_are_drawn_against_time(line):
    ax = plot.paths(line, 3)
    assert len(ax.lines) == 3
    x, y = ax.lines[2].get_data()
    np.testing.assert_allclose(x, line.time)
    np.testing.assert_array_equal(y, line.state.isel(trajectory=2, coordinate=0))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (units of time)", "$x$")


def test_paths_in_the_plane_by_number(plane):
    ax = plot.paths(plane, [7, 2], landscape=False)
    assert [path.get_label() for path in ax.lines] == ["trajectory 7", "trajectory 2"]
    np.testing.assert_array_equal(
        ax.lines[0].get_xydata(), plane.state.sel(trajectory=7).transpose("time", "coordinate")
    )
    assert not ax.collections
    assert plot.paths(plane).collections  # contours lie beneath


def test_paths_in_space_and_by_time(space):
    ax = plot.paths(space)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()) == ("$u$", "$v$", "$z$")
    climb = plot.paths(space, 1, coordinates="z", style="time")
    np.testing.assert_allclose(climb.collections[0].get_array(), space.time)
    assert len(climb.figure.axes) == 2
    bare = plot.paths(space, 1, coordinates="z", style="time", colorbar=False)
    assert len(bare.figure.axes) == 1


def test_a_rearranged_run_is_the_same_picture(plane):
    mixed = plane.isel(trajectory=np.random.default_rng(1).permutation(40)).isel(coordinate=[1, 0])
    one, other = (plot.cloud(run).lines[0].get_xydata() for run in (plane, mixed))
    np.testing.assert_array_equal(one, other)


def test_clouds_at_steps(plane):
    states = {"start": plane.start, "final": plane.final, 100: plane.state.sel(time=5)}
    for at, state in states.items():
        drawn = plot.cloud(plane, at).lines[0].get_xydata()
        np.testing.assert_array_equal(drawn, state.transpose("trajectory", "coordinate"))
    with pytest.raises(ValueError, match=r"at=105.*steps 100 and 110"):
        plot.cloud(plane, 105)


def test_a_cloud_on_a_line_lies_above_the_curve(line):
    curve, points = plot.cloud(line).lines
    x, y = points.get_data()
    np.testing.assert_array_equal(x, line.final[:, 0])
    assert (y >= np.interp(x, *curve.get_data()) - 1e-12).all()
    assert len(plot.cloud(line, landscape=False).lines) == 1


def test_diverged_trajectories_are_refused_or_dropped():
    steep = simulate.Ito(beta=1, dt=0.6)
    with pytest.warns(simulate.DivergenceWarning):
        run = simulate.run(
            landscapes.quartic_well(), steep, steps=40, trajectories=100, seed=1, save_every=5,
            backend="numpy",
        )  # fmt: skip
    left = int((run.diverged < 0).sum())
    assert 0 < left < 100
    with pytest.raises(ValueError, match="trajectories diverged"):
        plot.cloud(run)
    assert len(plot.cloud(run, diverged="drop").lines[-1].get_xdata()) == left


@pytest.mark.parametrize("names", [None, "x2"])
def test_a_gif_has_its_frames_and_says_how_many(names, plane, tmp_path):
    from PIL import Image

    calls = []
    path = plot.animate(
        plane, tmp_path / "wells.gif", frames=4, coordinates=names, trail=2,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    with Image.open(path) as film:
        assert film.n_frames == 4
        assert film.info["duration"] == 50
        first = np.asarray(film.convert("RGB"), dtype=int)
        film.seek(3)
        assert np.abs(np.asarray(film.convert("RGB"), dtype=int) - first).max() > 50
    assert [each.name for each in tmp_path.iterdir()] == ["wells.gif"]


def test_a_page_holds_its_frames_and_space_moves(space, tmp_path):
    path = plot.animate(space, tmp_path / "screw.html", frames=3, coordinates="u v z", dpi=40)
    text = path.read_text("utf-8")
    assert text.count("data:image/png;base64") == 3
    assert 'src="screw_frames' not in text


def test_an_interrupted_film_leaves_no_file(plane, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plot.animate(plane, tmp_path / "wells.gif", frames=3, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_mp4_without_ffmpeg_says_what_to_install(plane, tmp_path, monkeypatch):
    from matplotlib.animation import FFMpegWriter

    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    with pytest.raises(RuntimeError, match=r"needs the program ffmpeg.*apt install ffmpeg"):
        plot.animate(plane, tmp_path / "wells.mp4")
