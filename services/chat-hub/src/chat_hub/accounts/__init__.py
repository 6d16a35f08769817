"""Accounts: who owns a name, and how somebody shows that it is theirs. Pure, but for the SQL in `storage`.

`book` is the table, `guard` bounds wrong logins, `hashing` what the core expects of the password pool, `login`
one login over SASL, `desk` brings them together for the hub. Accounts stay optional: a name is enough to take
part.
"""
