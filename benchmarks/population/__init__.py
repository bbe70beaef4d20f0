"""An invented population in two lists with known truth, for the linkage engine."""
