"""Played games: people take seats of the model, in the terminal or elsewhere."""
