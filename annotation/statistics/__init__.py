"""Pure statistics over arrays and lists: no database, no models.

What reads judgments into them lies in `arena`, `review.agreement` and `judges.cards`.
"""
