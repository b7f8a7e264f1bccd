"""What is still to be done for each rule, by whom, or for which date to wait."""
