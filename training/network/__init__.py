"""Train, fit and export the network that scores words for fields."""
