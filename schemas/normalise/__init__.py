"""Read and write typed values, one module per type.

`parse(text)` reads a text that is one value, and `written_forms(value)` lists the ways to print a value. For numbers
and dates, `find(text)` lists every one in a text with its position.
"""
