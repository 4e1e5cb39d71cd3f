"""The extractor that ships: a network, and a ranker over what it and the rules find."""
