"""`setup-project`: the walk from nothing to working keys, in named steps (rows P1-P14, K1-K3)."""
