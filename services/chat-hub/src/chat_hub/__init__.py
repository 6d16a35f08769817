"""The chat hub: everyone's connection, rooms, private messages and tickets for files, spoken as IRC."""
