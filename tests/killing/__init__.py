"""Every process of a studio is killed at random moments of every kind of work, and what came of it is counted."""
