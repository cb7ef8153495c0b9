"""Reaching any server at all: gsync's own way to the network."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "no-network": Words(
        "{host} can't be reached: {reason}. The request was not sent, so it changed nothing.",
        "Check the network, the proxy and the address, then run the same command again.",
    ),
    "no-answer": Words(
        "{host} did not answer: {reason}. The last request may have been carried out.",
        "Run the same command again: gsync looks before it repeats anything.",
    ),
    "endpoint-not-encrypted": Words(
        "{host} does not speak https: its address should most likely begin with http://. Nothing was sent.",
        "Look at google.endpoints: gsync config show",
    ),
    "certificate-untrusted": Words(
        "{host} showed a certificate that this machine does not trust, so nothing was sent: {reason}.",
        "Add your company's certificate authority to the system, or name it: export SSL_CERT_FILE=FILE",
    ),
}
