"""How it plays: the months in order, the Mesa model and the compiled ensemble."""
