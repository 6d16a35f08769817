"""The file service: serves the files of the shared folder over UDP."""
