"""What first passages and splittings say: means, rates and ways out, with what was not seen.

passage                reading what `simulate.first_passage` returns; `TailWarning`
points                 a question asked at every point of a sweep
mean_first_passage_time  `mean_first_passage_time`, whether or not all passages were seen
survival               `survival`: Kaplan-Meier and Aalen-Johansen curves; `restricted_mean`
exponentiality         `exponentiality`: are the passages without memory?
escape_rate            `escape_rate`: passages over time at risk
splitting_probability  `splitting_probability`: which target first
exit_law               `exit_law`: where they come out
splitting              `splitting_mfpt`, `hill_mfpt`, `crossing_probability`: what takes too long
life_table             counting under censoring
settled                from where on passages are without memory
skewed                 `Rate`, `Proportion`, `Inverse`: estimates with intervals of their own
anderson_darling       the law of Anderson and Darling's statistic
"""
