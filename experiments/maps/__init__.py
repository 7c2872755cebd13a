"""Equilibrium maps: games between doctrines estimated by simulation, the reduced stochastic game, their audits."""
