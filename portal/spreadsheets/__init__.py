"""Tables as files: what people hand in, and what they take away."""
