"""What all pages use: lists and filters, rendering, drawings, navigation, the content security policy."""
