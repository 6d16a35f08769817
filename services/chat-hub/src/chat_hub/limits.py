"""Every bound of the hub that is not a setting, with what happens at it; only numbers live here.

Those that are settings are in `bounds`. docs/protocol/irc.md section 9 lists both for people.
"""

# Lengths in bytes of UTF-8: longer texts are cut before the character that does not fit any more. They are
# chosen so that every line that carries them stays within 512 bytes with the longest names.
TOPIC_BYTES = 300
AWAY_BYTES = 200
REASON_BYTES = 200  # KICK, PART, QUIT, KILL
REALNAME_BYTES = 120  # beyond: FAIL SETNAME INVALID_REALNAME; at registration it is cut
USER_CHARS = 10
KEY_BYTES = 23  # beyond: 525
SERVER_NAME_CHARS = 40  # a fault of the settings

ECHOED_BYTES = 128  # of each parameter that a numeric repeats; the rest of it is left out
PING_TOKEN_BYTES = 400  # beyond: 417, because the answer would not fit into a line

TARGETS_PER_COMMAND = 4  # PRIVMSG, NOTICE, TAGMSG; beyond: 407 and the rest is not sent
MODES_PER_COMMAND = 6  # mode changes with a parameter; the rest is left out
MODE_LETTERS_PER_COMMAND = 40  # letters of one MODE at all; the rest is left out
NAMES_PER_QUERY = 16  # ISON, USERHOST (5 there by RFC 1459); the rest is left out
MAX_CHANNEL_LIMIT = 1_000_000  # MODE +l; beyond: 696
INVITATIONS_PER_CHANNEL = 64  # beyond: the oldest is forgotten
MASK_BYTES = 128  # of one mask; beyond: 696
VERDICTS_PER_CHANNEL = 2_000  # kept answers to "may they speak?"; beyond: all are forgotten and found again
RENAMED_CHANNELS = 500  # old names that still show the way; beyond: the oldest is forgotten
RENAMED_S = 3_600.0  # how long an old name leads to the channel
RENAME_PAUSE_S = 60.0  # between two renames of a channel; sooner: FAIL RENAME CANNOT_RENAME
MULTILINE_BYTES = 8_192  # of one message of several lines; beyond: FAIL BATCH MULTILINE_MAX_BYTES
MULTILINE_LINES = 50  # of one; beyond: FAIL BATCH MULTILINE_MAX_LINES
WHOWAS_REPLIES = 20  # of one WHOWAS; beyond the answer ends
LIST_REPLIES = 2_000  # of one LIST; beyond: 416 and the answer ends
KLINE_REASON_BYTES = 150  # cut
HOST_CHARS = 28  # of a host that operators give: lines with the longest names still fit; beyond: FAIL SETHOST
KLINE_SECONDS = 315_360_000  # ten years; longer: for good
AUDIT_ENTRIES = 1_000  # acts in channels in the log, and as many others; beyond: the oldest is forgotten
AUDIT_REPLIES = 100  # of one AUDIT, acts in channels and others each
PEOPLE_PER_CREDIT = 1_000  # that one more command's credit looks at in a WHO by mask
WHO_REPLIES = 2_000  # replies to one WHO by mask; beyond the answer ends (channels are always complete)
LABEL_BYTES = 64  # IRCv3 labeled-response: a longer label is ignored

# Input that waits because of flood control. Beyond: "Excess Flood".
WAITING_INPUT_BYTES = 32 * 1024

FLOOD_BURST = 60.0  # commands at once; a command costs 1 unless its line in the table says otherwise
FLOOD_RATE = 6.0  # commands a second after that; more wait

HANDSHAKE_TIMEOUT_S = 10.0  # of TLS and WebSocket; beyond: closed
HANDSHAKES_PER_TURN = 8  # steps of handshakes in one turn of the loop, about a millisecond each; the rest waits

LINGER_S = 1.0  # how long the last bytes of a closed connection may take

OPER_TRIES = 3  # wrong OPER commands of one connection; beyond: disconnected

# What flood control takes for commands that cost others or the hub more than a message does.
DEAR = 3.0  # changes of nick, joins, passwords
QUERY = 4.0  # answers of many lines

TICKET_BURST = 30.0  # tickets of one session at once (FILES TICKET and /msg files get); beyond: RATE_LIMITED
TICKET_RATE = 0.5  # tickets a second after that

FREE_WRONG_LOGINS = 10  # of one address; each one more doubles the wait, from a second to the most
LOGIN_WAIT_MOST_S = 300.0
LOGIN_FORGET_S = 900.0  # without a wrong login all of an address's are forgotten
GUARDED_ADDRESSES = 10_000  # beyond: the one whose last wrong login is oldest is forgotten
PASSWORD_QUEUE = 64  # passwords that wait to be hashed; beyond: "busy, try again", nobody else waits longer
PASSWORD_QUEUE_PER_ADDRESS = 32  # of these from one address; beyond: the same, and others still have room
PASSWORD_CHARS = 8  # fewer: FAIL REGISTER WEAK_PASSWORD
PASSWORD_BYTES = 300  # more: FAIL REGISTER UNACCEPTABLE_PASSWORD; a login with more is a wrong one
REGISTRATION_BURST = 64.0  # accounts that one address may register at once (a class behind one router)
REGISTRATION_RATE = 1 / 60  # accounts a second after that; beyond: FAIL REGISTER TEMPORARILY_UNAVAILABLE
METADATA_KEYS = 20  # of one person or channel; beyond: FAIL METADATA LIMIT_REACHED
METADATA_KEY_CHARS = 40  # beyond: FAIL METADATA KEY_INVALID
METADATA_VALUE_BYTES = 250  # lines with the longest names still fit; beyond: FAIL METADATA VALUE_INVALID
METADATA_SUBSCRIPTIONS = 50  # keys of one session; beyond: FAIL METADATA TOO_MANY_SUBS
METADATA_KEYS_PER_COMMAND = 15  # as many parameters as a line has room for (RFC 1459); the rest is left out
METADATA_SYNC_PEOPLE = 200  # people of a channel whose keys are sent at once; beyond: 774
METADATA_SYNC_RETRY_S = 60
CERTIFICATES_PER_ACCOUNT = 8  # beyond: FAIL CERT LIMIT_REACHED

MAILBOX_MESSAGES = 500  # that wait for an account; beyond: the oldest waits no more (CHATHISTORY still has it)
READ_MARKERS = 1_000  # of an account; beyond: FAIL MARKREAD INTERNAL_ERROR
KNOWN_CONVERSATIONS = 10_000  # in memory, to write less; beyond: one is written again
HISTORY_LOOK_S = 3600.0  # between two looks through everything for what is too old
REDACT_WITHIN_S = 86_400  # one's own messages; later: FAIL REDACT REDACT_WINDOW_EXPIRED

# Rows of the history and other changes that are not committed yet. Beyond: no client is read from until half
# of them are; nothing is refused or lost, TCP holds the senders back.
STORE_QUEUE_ROWS = 20_000
STORE_QUERIES = 64  # look-ups that wait for the disk; beyond: the command fails, to be tried again
STORE_READERS = 2  # threads that look up
