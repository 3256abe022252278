"""What every endpoint shares: rendering, keyset pages, permissions, the error envelope. A leaf."""
