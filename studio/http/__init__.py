"""What every endpoint shares: rendering, keyset pages, permissions, the error envelope. It knows no table. A leaf."""
