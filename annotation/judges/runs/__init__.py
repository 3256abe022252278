"""A judge at work on pairs or responses: questions, budget, forecast, trial, repair.

How an endpoint is asked is in `client`.
"""
