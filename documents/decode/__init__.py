"""Turn files into page pictures and text layers, in processes that can be stopped."""
