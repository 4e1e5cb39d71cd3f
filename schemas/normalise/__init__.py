"""Written values and what they mean, one module a type, each with the same verbs.

`find(text)` lists every value written in a text with its place, `parse(text)` reads a text that is one value,
`written_forms(value)` lists how a value may be printed.
"""
