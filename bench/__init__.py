"""How fast the portal is: each figure beside the floor that it is measured against."""
