"""Answers to the exercises by a student who saw the notebooks and not the checks, kept as written.

WRONG and RIGHT map an exercise to what is wrong with an answer, or unusual about it, and to the
answer itself. Nobody mends a check by looking here first: these files measure how many mistakes
that the checks' authors did not think of get through.
"""
