"""What we ask: sweeps, maps, equilibria, pictures and the command line."""
