"""Runs that were put side by side, sweeps of which a point is taken, and one trajectory alone."""

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate, theory

WELL = landscapes.quartic_well()
ITO = simulate.Ito(beta=2, dt=0.05)
FIXED = simulate.SGD(learning_rate=0.1, sampling="reshuffled", train_size=6, momentum=0.5)


def run(seed=1, trajectories=24, dynamics=ITO, **settings):
    return simulate.run(
        WELL, dynamics, steps=60, trajectories=trajectories, seed=seed, save_every=2, **settings
    )


def moment(dataset):
    return analysis.moment(dataset, "x**2", discard_steps=10)


def numbers(estimate):
    return [estimate.value, estimate.stderr, estimate.n_eff]


@pytest.fixture(scope="module")
def two():
    return [run(1), run(2)]


def test_shards_of_one_seed_are_the_whole_run():
    whole = run(trajectories=48)
    parts = [run(trajectories=range(30, 48)), run(trajectories=range(30))]
    joined = xr.concat(parts, "trajectory", data_vars="minimal", join="outer", coords="different",
                       compat="equals")  # fmt: skip
    assert numbers(moment(joined)) == pytest.approx(numbers(moment(whole)))
    assert simulate.rerun(joined).identical(whole)
    assert simulate.run(resume=joined, steps=10).identical(simulate.run(resume=whole, steps=10))


def test_runs_of_two_seeds_are_one_ensemble(two):
    joined = xr.concat(two, "trajectory", data_vars="minimal", join="outer", coords="different",
                       compat="equals")  # fmt: skip
    values = np.concatenate([(r.state.values[:, 5:, 0] ** 2).mean(axis=1) for r in two])
    found = moment(joined)
    assert found.value == pytest.approx(values.mean())
    assert found.stderr == pytest.approx(values.std(ddof=1) / np.sqrt(48))
    noises = {block.noise for block in found.contributions.blocks}
    assert noises == {"seed 1 (xoshiro)", "seed 2 (xoshiro)"}
    assert found.contributions.stderr == pytest.approx(found.stderr)
    assert (found - moment(joined.isel(trajectory=slice(None, None, -1)))).stderr < 1e-15
    # half of the ensemble is that of the first run, and pairs with it
    difference = found - moment(two[0])
    assert difference.stderr == pytest.approx(
        np.sqrt(found.stderr**2 + moment(two[0]).stderr ** 2
                - 2 * found.contributions.covariance(moment(two[0]).contributions))
    )  # fmt: skip
    assert found.contributions.covariance(moment(two[0]).contributions) > 0
    assert "seed" not in simulate.provenance(joined)
    for function in (lambda d: simulate.run(resume=d, steps=3), simulate.rerun):
        with pytest.raises(ValueError, match="several seeds side by side"):
            function(joined)


def test_a_concat_that_kept_the_first_description_is_noticed(two):
    joined = xr.concat(two, "trajectory", data_vars="minimal", join="outer", coords="minimal",
                       compat="override")  # fmt: skip
    for reader in (moment, simulate.rerun):
        with pytest.raises(ValueError, match=r"more than once|24 of 48 trajectories are not as"):
            reader(joined.assign_coords(trajectory=np.arange(48)))


@pytest.mark.slow
def test_runs_of_two_batch_sizes_are_not_one_ensemble():
    runs = [
        simulate.run(landscapes.mean_estimation(), simulate.SGD(learning_rate=0.1, batch_size=b),
                     steps=20, trajectories=20, seed=b)
        for b in (1, 4)
    ]  # fmt: skip
    side = xr.concat(runs, "trajectory", data_vars="minimal", join="outer", coords="different",
                     compat="equals")  # fmt: skip
    for reader in (
        simulate.dynamics_of, simulate.rerun, lambda d: analysis.moment(d, "theta"),
        analysis.is_stationary, lambda d: simulate.run(resume=d, steps=3),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="results of different dynamics lie side by side"):
            reader(side)
    apart = xr.concat(runs, "batch_size", join="outer", coords="different", compat="equals")
    again = simulate.rerun(apart)
    for number, alone in enumerate(runs):
        assert simulate.dynamics_of(apart.isel(batch_size=number)) == simulate.dynamics_of(alone)
        assert (again.isel(batch_size=number).final.values == alone.final.values).all()
    with pytest.raises(ValueError, match="label batch_size=4, and was made with batch_size=1"):
        analysis.moment(apart.assign_coords(batch_size=[4, 1]).isel(batch_size=0), "theta")


def test_a_point_of_a_sweep_is_a_run_and_a_wrong_label_is_refused():
    sweep = simulate.sweep(WELL, ITO, over={"beta": [2, 4]}, steps=20, trajectories=20, seed=1)
    alone = simulate.run(WELL, ITO, steps=20, trajectories=20, seed=1)
    assert numbers(moment(sweep.sel(beta=2))) == pytest.approx(numbers(moment(alone)))
    exchanged = sweep.assign_coords(beta=[4, 2])
    with pytest.raises(ValueError, match="label beta=4, and was made with beta=2"):
        moment(exchanged.isel(beta=0))
    with pytest.raises(ValueError, match="label beta=4"):
        simulate.rerun(exchanged)
    with pytest.raises(ValueError, match="not as they were simulated|whole numbers|no coordinate"):
        moment(sweep.drop_vars("provenance").interp(beta=3))
    turned = sweep.isel(beta=[1, 0], trajectory=slice(None, None, -1)).transpose()
    for one, other in zip(
        simulate.rerun(turned).final.sel(beta=4), sweep.final.sel(beta=4), strict=True
    ):
        assert (one == other).all()
    resumed = simulate.sweep(resume=turned, steps=5).sel(beta=4)
    assert (resumed.final == simulate.sweep(resume=sweep, steps=5).sel(beta=4).final).all()


@pytest.mark.parametrize("dynamics", [ITO, FIXED])
def test_resuming_twice_gives_one_answer(dynamics):
    """Also where there is a single trajectory: its words are not the caller's."""
    page = landscapes.mean_estimation() if dynamics is FIXED else WELL
    one = simulate.run(page, dynamics, steps=12, seed=4)
    before = one.copy(deep=True)
    answers = [simulate.run(resume=one, steps=8) for _ in range(2)]
    assert answers[0].identical(answers[1])
    assert answers[0].identical(simulate.run(page, dynamics, steps=20, seed=4))
    assert one.identical(before)
    answers[0].start[:] = 7
    assert one.identical(before)
    alone = one.isel(trajectory=0)
    assert simulate.run(resume=alone, steps=8).identical(answers[1])
    squeezed = one.squeeze()
    assert simulate.run(resume=squeezed, steps=8).identical(answers[1])


def test_a_single_trajectory_has_too_few_data_and_no_crash(two):
    for change in (lambda d: d.isel(trajectory=3), lambda d: d.isel(trajectory=[3])):
        with pytest.raises(analysis.TooFewData, match="1 trajectories"):
            moment(change(two[0]))


def test_snapshots_that_are_thinned_unevenly(two):
    """Means need no equal intervals; what compares neighbours in time does."""
    thin = two[0].isel(time=[0, 6, 7, 9, 12, 13, 15, 20, 22, 23, 25, 26, 28, 29, 30])
    assert np.isfinite(moment(thin).value)
    for reader in (
        lambda d: analysis.autocorrelation(d, "x", discard_steps=10),
        lambda d: analysis.power_spectrum(d, "x", discard_steps=10),
        lambda d: analysis.current(d, bins=2, discard_steps=10),
    ):
        with pytest.raises(ValueError, match="steps apart, and this analysis needs equal"):
            reader(thin)
    plane = simulate.run(
        landscapes.double_well(rotation=1.5), ITO, steps=60, trajectories=20, seed=1, save_every=2
    )
    for reader in (analysis.area_rate, analysis.winding):
        assert reader(plane, discard_steps=10)
        with pytest.raises(ValueError, match="2 to 6 steps apart"):
            reader(plane.isel(time=[5, 6, 9, 12, 15, 18]), discard_steps=10)


@pytest.mark.filterwarnings("ignore::driftscape.analysis.SkewnessWarning")
def test_training_sets_are_whole_and_in_their_order():
    one = simulate.run(landscapes.mean_estimation(), FIXED, steps=6, trajectories=20, seed=2)
    resumed = simulate.run(resume=one, steps=3)
    assert simulate.run(resume=one.transpose(), steps=3).identical(resumed)
    loss = analysis.train_loss(one)
    single = one.assign(training=one.training.astype("float32"))
    assert analysis.train_loss(single).value == pytest.approx(loss.value, rel=1e-5)
    for change, words in (
        (lambda d: d.isel(sample=slice(3)), "3 of 6 entries along 'sample'"),
        (lambda d: d.drop_vars("training"), "no 'training'"),
        (lambda d: d.drop_vars("hidden"), "no 'hidden'"),
        (lambda d: d.isel(sample=slice(None, None, -1)), "single precision"),
        (lambda d: d.assign(training=d.training.astype("float32")), "of type float32"),
        (lambda d: d.drop_vars("variable"), "lost its coordinate 'variable'"),
    ):
        with pytest.raises(ValueError, match=words):
            simulate.run(resume=change(one), steps=3)


@pytest.mark.filterwarnings("ignore::driftscape.analysis.SkewnessWarning")
@pytest.mark.slow
def test_rows_of_data_are_found_by_name_and_their_change_is_noticed():
    page, sgd = landscapes.linear_regression(), simulate.SGD(learning_rate=0.05, sampling="iid")
    one = simulate.run(page, sgd, steps=6, trajectories=20, seed=2)
    loss = analysis.train_loss(one)
    turned = one.isel(variable=[2, 0, 1]).transpose()
    assert simulate.landscape_of(turned) == page
    assert analysis.train_loss(turned) == loss
    assert simulate.rerun(turned).identical(one)
    joined = xr.concat(
        [one.isel(trajectory=slice(8)), one.isel(trajectory=slice(8, 20))], "trajectory",
        data_vars="all", join="outer", coords="different", compat="equals",
    )  # fmt: skip
    assert analysis.train_loss(joined) == loss
    for change, words in (
        (lambda d: d.isel(sample=slice(5)), "not as they were simulated"),
        (lambda d: d.isel(sample=slice(None, None, -1)), "not as they were simulated"),
        (lambda d: d.assign(data=d["data"] + 1), "not as they were simulated"),
        (lambda d: d.isel(variable=[0, 1]), "the variable 'y' of the dataset is missing"),
        (lambda d: d.drop_vars("data"), "no 'data'"),
    ):
        for reader in (analysis.train_loss, simulate.rerun):
            with pytest.raises(ValueError, match=words):
                reader(change(one))
    shuffled = simulate.SGD(learning_rate=0.05, sampling="reshuffled")
    two = simulate.run(page, shuffled, steps=6, trajectories=5, seed=2)
    with pytest.raises(ValueError, match="number of every row of the data once"):
        simulate.run(resume=two.assign(order=two.order + 3), steps=2)


def test_counts_belong_to_all_trajectories():
    keep = [simulate.Density("x", bounds={"x": (-2, 2)}, bins=8, every=5)]
    one = simulate.run(WELL, ITO, steps=60, trajectories=24, seed=1, keep=keep)
    right = simulate.run(resume=one, steps=10)
    turned = one.isel(trajectory=slice(None, None, -1)).transpose()
    assert simulate.run(resume=turned, steps=10).identical(right)
    for change, words in (
        (lambda d: d.isel(trajectory=slice(10)), "counts cannot be divided"),
        (lambda d: d.isel(bin_x=slice(None, None, -1)), "ascending order"),
        (lambda d: d.isel(bin_x=slice(4)), "should have the 8 bins"),
        (lambda d: d.drop_vars("counts"), "should have 'counts'"),
        (lambda d: d.assign(counts=d.counts + 1), "counts cannot be divided"),
    ):
        with pytest.raises(ValueError, match=words):
            simulate.run(resume=change(one), steps=10)


def test_refinements_by_their_labels():
    refined = simulate.refine(
        WELL, ITO, observables=("x**2", "x"), levels=4, steps=20, trajectories=20, seed=1
    )
    right = analysis.step_bias(refined, "x**2")
    turned = refined.isel(
        level=[2, 0, 3, 1], trajectory=slice(None, None, -1), expression=[1, 0]
    ).transpose()
    assert str(analysis.step_bias(turned, "x**2")) == str(right)
    finer = analysis.step_bias(refined.isel(level=[1, 2, 3]), "x**2")
    assert finer.dt == right.dt[1:]
    assert finer.limit == right.limit
    for change, words in (
        (lambda d: d.isel(level=[0, 2, 3]), "follow each other"),
        (lambda d: d.isel(level=0), "follow each other"),
        (lambda d: d * 2, "not as they were simulated|of type"),
        (lambda d: d.isel(trajectory=[0] * 20), "more than once"),
        (lambda d: d.isel(expression=[0]), "is missing"),
        (lambda d: d.drop_vars("average"), "no 'average'"),
        (lambda d: d.drop_vars("fingerprint"), "lost its coordinate 'fingerprint'"),
        (lambda d: d.mean("trajectory"), "lost its coordinate"),
        (lambda d: d.drop_vars("diverged"), "no 'diverged'"),
    ):
        with pytest.raises(ValueError, match=words):
            analysis.step_bias(change(refined), "x**2")
    with pytest.raises(TypeError, match="NoneType"):
        analysis.step_bias(None, "x")
    for function in (simulate.rerun, lambda d: simulate.run(resume=d, steps=2)):
        with pytest.raises(ValueError, match="refine"):
            function(refined)


@pytest.mark.slow
def test_splittings_by_their_labels():
    split = simulate.splitting(
        WELL, simulate.Ito(beta=12, dt=0.05), start=-1, target="x > 0", reaction_coordinate="x",
        runs=4, replicas=60, seed=1,
    )  # fmt: skip
    right = analysis.crossing_probability(split)
    turned = split.isel(run=[3, 1, 0, 2]).transpose()
    assert analysis.crossing_probability(turned).value == pytest.approx(right.value)
    assert simulate.rerun(turned).identical(split)
    assert analysis.crossing_probability(split.isel(run=[0, 2])).n_eff == 2
    for change, words in (
        (lambda d: d.isel(run=[0] * 4), "run 0 of seed 1 more than once"),
        (lambda d: d * 2, "not as they were simulated|of type"),
        (lambda d: d.drop_vars("run"), "lost its coordinate 'run'"),
        (lambda d: d.mean("run"), "lost its coordinate 'run'"),
        (lambda d: d.drop_vars("loop_time"), "no 'loop_time'"),
        (lambda d: d.assign_coords(run=[3, 1, 0, 2]), "4 of 4 runs|of 4 runs are not as"),
    ):
        for reader in (analysis.crossing_probability, simulate.rerun):
            with pytest.raises(ValueError, match=words):
                reader(change(split))
    for change in (lambda d: d.isel(run=[0, 1]), lambda d: d.isel(replica=slice(30))):
        with pytest.raises(ValueError, match="which depend on each other"):
            simulate.rerun(change(split))


@pytest.mark.slow
def test_comparisons_with_a_grid_find_coordinates_by_name():
    page = landscapes.double_well(rotation=1.5)
    dynamics = simulate.Ito(beta=1, dt=0.02)
    fp = theory.fokker_planck(page, beta=1, shape=24)
    one = simulate.run(page, dynamics, steps=800, trajectories=40, seed=1, save_every=20)
    right = str(analysis.compare(one, fp))
    turned = one.isel(coordinate=[1, 0], trajectory=slice(None, None, -1)).transpose()
    assert str(analysis.compare(turned, fp)) == right
    with pytest.raises(ValueError, match="not as they were simulated"):
        analysis.compare(one.assign(final=one.final * 2), fp)
    with pytest.raises(ValueError, match="steps apart"):
        analysis.compare(one.isel(time=[25, 26, 28, 30, 33, 34, 36, 40]), fp)
    passages = simulate.first_passage(
        page, dynamics, start=(0.9, 0), target="x1 < 0", trajectories=40, max_time=50, seed=1
    )
    right = str(analysis.compare_passages(passages, fp))
    turned = passages.isel(coordinate=[1, 0], trajectory=slice(None, None, -1)).transpose()
    assert str(analysis.compare_passages(turned, fp)) == right
    with pytest.raises(ValueError, match="compare a run by analysis.compare"):
        analysis.compare_passages(one, fp)
    with pytest.raises(ValueError, match="analysis.compare_passages"):
        analysis.compare(passages, fp)


def test_durations_of_other_programs_are_read_without_a_description():
    rng = np.random.default_rng(1)
    time = rng.exponential(size=60)
    flags = {"flag_meanings": "out"}
    events = xr.Dataset({
        "passage_time": ("trajectory", np.minimum(time, 2)),
        "target": ("trajectory", np.where(time > 2, -1, 0), flags),
        "exit": (("trajectory", "coordinate"), np.zeros((60, 1))),
        "censored": ("trajectory", time > 2),
        "diverged": ("trajectory", np.full(60, -1)),
    })  # fmt: skip
    right = analysis.restricted_mean(events, up_to=1.5)
    assert right.value == pytest.approx(np.minimum(time, 1.5).mean())
    assert analysis.restricted_mean(events.transpose(), up_to=1.5) == right
    single = events.assign(passage_time=events.passage_time.astype("float32"))
    assert analysis.restricted_mean(single, up_to=1.5).value == pytest.approx(right.value)
    for change, words in (
        (lambda d: d.drop_vars("exit"), "there is no 'exit' in it"),
        (lambda d: d.assign(target=("trajectory", d.target.values)), "no attribute flag_meanings"),
        (lambda d: d.assign(censored=d.censored.astype("U5")), "is of type <U5"),
        (lambda d: d.assign(target=d.target + 0.5), "not whole"),
        (lambda d: d.assign(passage_time=d.passage_time - 5), "finite and >= 0"),
        (lambda d: d.assign(censored=~d.censored), "contradict each other"),
        (lambda d: d.mean("trajectory"), "'trajectory' is missing"),
    ):
        with pytest.raises(ValueError, match=words):
            analysis.restricted_mean(change(events), up_to=1.5)


def test_files_in_single_precision_are_analysed_and_not_continued(tmp_path):
    passages = simulate.first_passage(
        WELL, ITO, start=-1, target="x > 0", trajectories=30, max_time=20, seed=1
    )
    for dataset, again, analysed in (
        (run(), lambda d: simulate.run(resume=d, steps=5), moment),
        (passages, lambda d: simulate.first_passage(resume=d, max_time=30),
         lambda d: analysis.restricted_mean(d, up_to=10)),
    ):  # fmt: skip
        reals = [name for name in dataset if dataset[name].dtype.kind == "f"]
        path = tmp_path / f"{simulate.provenance(dataset)['kind']}.nc"
        encoding = {name: {"dtype": "float32"} for name in reals}
        dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)
        with xr.open_dataset(path, engine="h5netcdf") as read:
            for function in (again, simulate.rerun):
                with pytest.raises(ValueError, match="of type float32 and was written as float64"):
                    function(read)
            assert numbers(analysed(read)) == pytest.approx(numbers(analysed(dataset)), rel=1e-5)
