"""What outlives the process: one SQLite database, behind one writer.

`protocol` is what the core sees; `schema` the tables and how they came about; `commit` one transaction;
`direct` runs everything in the caller's thread, `threads` is the real one. SQL stands in modules by topic.
"""
