"""Escape: exact on the line, asymptotic beyond it, and the paths that escape takes.

line/           in one dimension, by quadrature: `mean_first_passage_time`,
                `splitting_probability`, `flux_over_population`
kramers         `eyring_kramers`: escape over a saddle, with circulation and any smooth D
leading_law     the same without a potential, along the most probable path
langer          `langer`: the same for a particle with inertia
nonlinearity    whether minimum and saddle are harmonic within their thermal widths
circulation     what a curl, a current or D(x) change in a prefactor
sgd_escape      `sgd_escape_time`: from the noise along the way; the law of Xie et al.
sgd_barrier     `sgd_barrier`: the large deviations of discrete SGD
levy_exit       `levy_exit_time`: exit by one jump of stable noise
critical_point  minima and saddles, verified; `descent` from one to the other
paths/          `minimum_action_path`, `saddles_between`, `quasipotential_barrier`
"""
