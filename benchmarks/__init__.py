"""What gsync costs, measured beside its floors (docs/performance.md)."""
