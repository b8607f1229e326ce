"""Signals at random moments: is everything ended, what was finished kept, and the rest resumable?

    python -m benchmarks signals [--only reproduce run] [--moments N] [--save]

A program is started, and ended by SIGINT or SIGTERM at a moment that is uniform over the time that
it works.  Five seconds later no process of it may be left.

reproduce   `driftscape reproduce` of two figures in two processes: finished ones are in the report,
            with the numbers of a whole run and whole pictures, and nothing else is in the folder
run         a script that runs, saves and resumes: begun again, it ends with the bits of a script
            that was never ended
script      that script
trial       one start of a program, and one signal
command     the command line
"""
