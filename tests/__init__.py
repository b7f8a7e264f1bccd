"""The tests: they mirror the apps; what crosses them stands at the top."""
