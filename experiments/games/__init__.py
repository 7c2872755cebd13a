"""Game theory by itself: normal-form games, their files, equilibria and dynamics; nothing of this world."""
