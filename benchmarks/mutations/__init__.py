"""Mutations: a fault put into the source on purpose must make a test fail.

    python -m benchmarks mutations [--only PART ...]

Each part lists replacements of source text, and the tests that must notice.

mutation     one replacement, and what came of it
command      what is asked for, the exit status
"""
