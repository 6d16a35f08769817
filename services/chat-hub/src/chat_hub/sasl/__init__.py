"""SASL as a server: framing of AUTHENTICATE and the mechanisms, each a small state machine. Pure.

A mechanism takes the client's messages as bytes and says what comes next (`steps`); it knows no session, no
numeric and no table of accounts. Passwords that have to be hashed are asked for with a step, not computed here.
"""
