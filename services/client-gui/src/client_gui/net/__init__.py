"""Threads, sockets and files of the client. No Tk, no gevent."""
