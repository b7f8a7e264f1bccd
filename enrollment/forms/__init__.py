"""What partners type about competencies, the agreement, offerings and profile."""
