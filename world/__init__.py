"""What is: parameters, the state, and the laws of chips, fabs, rare earths, compute, trade, adoption and beliefs."""
