"""What a person types and sees: commands that parse, call and return results, and the one place that prints them."""
