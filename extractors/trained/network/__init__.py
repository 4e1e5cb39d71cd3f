"""The neural network that ships: it scores every word of a page for every field of a schema."""
