"""The commands of the hub, one module a topic, gathered in one table."""
