"""Pages of the floor: the way in, the overview, the company and its people."""
