"""Pages on which a partner proves, signs, enrolls and presents itself."""
