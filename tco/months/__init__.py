"""The horizon: prices that move, fleets that grow, cash that flows, and what it is worth."""
