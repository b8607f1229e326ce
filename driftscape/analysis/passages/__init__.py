"""Analyse first passages and the results of splitting; censored trajectories are accounted for.

mean_first_passage_time  `mean_first_passage_time`, with or without censored trajectories
survival               `survival`: Kaplan-Meier and Aalen-Johansen curves; `restricted_mean`
exponentiality         `exponentiality`: a test of the exponential law
escape_rate            `escape_rate`: passages over time at risk
splitting_probability  `splitting_probability`: the probability to reach one target first
exit_law               `exit_law`: the law of the exit points
splitting              `crossing_probability`, `mean_first_passage_time_by_splitting`
passage_data           reading what `simulate.first_passage` returned; `TailWarning`
events                 reading durations and events that another program wrote
life_table             trajectories at risk and passages at each time, under censoring
settled                the time after which passages come at a constant rate
skewed                 `Rate`, `Proportion`, `Inverse`: estimates with asymmetric intervals
anderson_darling       Anderson and Darling's statistic and its law
"""
