"""Mutations: every deliberate fault in the source must make a test fail.

    python -m benchmarks mutations [--only PART ...]

Each part lists replacements of source text and the tests that must detect them.

mutation     one replacement and its outcome
command      the command line and the exit status
"""
