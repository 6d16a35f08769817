"""Any bytes from several clients at once: the hub never raises, never writes a malformed or over-long line."""

from hypothesis import given, settings
from hypothesis import strategies as st
from livechat.irc.lines import LineBuffer, LineTooLongError

from tests.support.hub_harness import OUR_CAPS, Client, HubHarness, with_settings

WORDS = [
    *("CAP", "LS", "302", "REQ", "END", "NICK", "USER", "PASS", "JOIN", "PART", "PRIVMSG", "NOTICE", "TAGMSG"),
    *("MODE", "TOPIC", "NAMES", "LIST", "WHO", "WHOIS", "KICK", "INVITE", "AWAY", "SETNAME", "OPER", "KILL"),
    *("WALLOPS", "FILES", "TICKET", "ISON", "USERHOST", "MOTD", "LUSERS", "VERSION", "TIME", "INFO", "HELP"),
    *(
        "PING",
        "PONG",
        "ERROR",
        "a",
        "b",
        "c",
        "files",
        "#x",
        "#lobby",
        "#x,#y,a",
        "0",
        "*",
        "+o-v",
        "+klb",
        "root",
    ),
    *(
        "pw",
        ":",
        ":a b",
        "@label=x",
        "@+a=b;c",
        "@",
        "\x01ACTION\x01",
        "жора",
        "漢" * 60,
        "x" * 600,
        ",",
        "@a=\\",
    ),
    *("AUTHENTICATE", "PLAIN", "SCRAM-SHA-256", "EXTERNAL", "+", "AGEAbG9uZ2Vub3VnaA==", "biwsbj1hLHI9YWJj"),
    *("REGISTER", "VERIFY", "PASSWD", "CERT", ":longenough", "ADD", "METADATA", "GET", "SET", "CLEAR", "SUB"),
    *("RENAME", "BATCH", "+r", "-r", "draft/multiline", "@batch=r", "@batch=r;draft/multiline-concat", "KLINE"),
    *(
        "UNKLINE",
        "AUDIT",
        "REHASH",
        "SETHOST",
        "MONITOR",
        "-",
        "C",
        "WHOWAS",
        "STATS",
        "k",
        "RULES",
        "ADMIN",
        "LINKS",
    ),
    *(
        "+bbe",
        "-b",
        "m:x",
        "a:x",
        "10m",
        "192.0.2.0/24",
        "@#x",
        "%tcuihsnfdlaor,1",
        ">1,C<5,!*x*",
        "+qahv",
        "b!*@*",
    ),
    *("UNSUB", "SUBS", "SYNC", "url", ":sasl draft/metadata-3 draft/pre-away standard-replies"),
]
LINE = st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=8).map(
    lambda words: " ".join(words).encode()
)
CHUNK = LINE.map(lambda line: line + b"\r\n") | st.binary(max_size=30)
STEP = st.tuples(st.integers(0, 3), CHUNK)


def feed(client: Client, lines: LineBuffer, data: bytes) -> None:
    lines.feed(data)
    while lines.has_line and not client.session.closed:
        try:
            line = lines.next_line()
        except LineTooLongError:
            client.harness.hub.handle_long_line(client.session, client.harness.now)
        else:
            assert line is not None
            client.send(line)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEP, max_size=60))
def test_no_bytes_break_the_hub(steps: list[tuple[int, bytes]]) -> None:
    harness = HubHarness(with_settings(oper_name="root", oper_password="pw"))
    clients = [
        harness.client("a", caps=OUR_CAPS, join="#x"),
        harness.client("b", join="#x,#lobby"),
        harness.client("c", caps="message-tags multi-prefix extended-join"),
        harness.connect(),
    ]
    buffers = [LineBuffer() for _ in clients]
    for index, data in steps:
        feed(clients[index], buffers[index], data)
        for client in clients:
            client.read()
    survivors = [client for client in clients if not client.session.closed]
    assert {client.session for client in survivors} == set(harness.hub.sessions)
