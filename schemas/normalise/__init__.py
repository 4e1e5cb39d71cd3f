"""Written values and what they mean, one module a type, each with the same verbs.

`parse(text)` reads a text that is one value, `written_forms(value)` lists how a value may be printed; numbers and dates
also have `find(text)`, which lists every one that is written in a text, with its place.
"""
