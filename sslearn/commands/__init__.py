"""The commands of `python -m sslearn` that are an idea of their own; `__main__` has the rest.

train: training runs.   export: a trained model as NIR, C or a page.   refusal: one sentence.
Nothing here is imported before its command is chosen but the standard library.
"""
