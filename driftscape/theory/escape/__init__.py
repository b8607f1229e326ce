"""Escape times and paths: exact in one dimension, asymptotic in several.

line/           in one dimension, by quadrature: `mean_first_passage_time`,
                `splitting_probability`, `flux_over_population`
kramers         `eyring_kramers`: escape over a saddle, with circulation and any smooth D
leading_order   the same without a potential, along the most probable path
langer          `langer`: the same for a particle with inertia
nonlinearity    deviations from the harmonic approximation within the thermal widths
circulation     prefactors with a curl, a current or D(x)
sgd_escape      `sgd_escape_time`: from the noise along the path; the formula of Xie et al.
sgd_barrier     `sgd_barrier`: the large deviations of discrete SGD
levy_exit       `levy_exit_time`: exit by one jump of stable noise
critical_point  minima and saddles; descent: from a saddle to a minimum
paths/          `minimum_action_path`, `saddles_between`, `quasipotential_barrier`
"""
