"""The project: settings, addresses, queues, people, health, and the supervisor.

Nothing of preference data or training.
"""
