"""What all pages use: lists and filters, rendering, drawings, navigation, the content security policy.

What one page alone needs is in `pages` and `presenters`.
"""
