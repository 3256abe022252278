"""Pages for annotators and for the lead who sends them work: review, judgments, flags. Judges are in `judges`."""
