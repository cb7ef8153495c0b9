"""Reaching Google: signing in, keeping the grant alive, sending requests within the quotas, reading refusals."""
