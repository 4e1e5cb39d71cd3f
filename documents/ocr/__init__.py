"""Turn page pictures into symbols: find lines of text, then read each one."""
