"""Who acts: for each actor what it wants, what it can do and how it chooses."""
