"""How an endpoint is asked: requests, errors, rate limits, batches, keys. It knows no pairs."""
