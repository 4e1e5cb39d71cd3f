"""Turn page pictures into symbols."""
