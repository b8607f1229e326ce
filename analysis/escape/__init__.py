"""Theory of escape: exact on the line, asymptotic beyond it, and the paths that escape takes.

exact_mfpt            `exact_mfpt`: mean first passage by quadrature, on the line
exact_splitting       `exact_splitting`: which end of an interval first, on the line
flux_over_population  `flux_over_population`: the rate of a steady flux, on the line
line                  a diffusion on the line and where it can go; `line_quadrature`, `line_passage`
kramers               `eyring_kramers`: escape over a saddle, with circulation and any smooth D
nonlinearity          what `valid` rests on: minimum and saddle within their thermal widths
leading_law           the same without a potential, along the least unlikely path
langer                `langer`: the same for a particle with inertia
circulation           what a curl, a current or D(x) do to a prefactor
sgd_escape            `sgd_escape_time`: from the noise along the way; the law of Xie et al.
sgd_barrier           `sgd_barrier`: the large deviations of discrete SGD
levy_exit             `levy_exit_time`: exit by one jump of stable noise
string_method         `saddles_between` two minima; `energy_path`
critical_point        minima and saddles verified; `descent` from one to the other
action_path           `minimum_action_path` of a drift without potential, D of any rank
quasipotential        `quasipotential_barrier`
hamiltonian           least unlikely paths; `path_ends`, `least_squares_path`, `instanton`
"""
