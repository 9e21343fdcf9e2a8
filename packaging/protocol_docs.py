"""Writes docs/protocol: a byte table for every message, from the code's own types. `--check` only compares."""

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import msgspec
from msgspec import inspect as shapes

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS: Final = ROOT / "docs" / "protocol"
PACKAGE: Final = "horizon_desktop"

PAGES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "access.md": (
        "What a host signs: token, revocation list, preview",
        ("domain.access.token", "domain.access.revocation", "domain.access.preview"),
    ),
    "redemption.md": ("Redemption: link and code for a token", ("protocol.redemption_messages",)),
    "hub.md": ("Hub: hosts, invitees and members", ("protocol.hub_messages",)),
    "link.md": ("Link: binding, first message, signaling", ("protocol.handshake", "protocol.signaling")),
    "bulk.md": ("Bulk path: QUIC over ICE, and its carrier", ("protocol.bulk_signaling",)),
    "payloads.md": (
        "Payloads: one codec for each channel",
        (
            "protocol.payloads.control",
            "protocol.payloads.edits",
            "protocol.payloads.cursors",
            "protocol.payloads.chat",
            "protocol.payloads.measure",
        ),
    ),
}
"""Page to title and the modules whose array structs stand in it. A new message module is a new name here."""

Layout = tuple[str, str, tuple[tuple[str, str, str], ...]]
LAYOUTS: Final[dict[str, tuple[Layout, ...]]] = {
    "access.md": (
        (
            "Statement",
            "All that is ever signed, hashed or MACed (`crypto/signing.py`). Labels: [labels.md](labels.md).",
            (
                ("n", "label", "ASCII `horizon/NAME/v1`"),
                ("1", "end of label", "`0x00`"),
                ("4", "length", "of the field that follows, big-endian; once for each field"),
                ("n", "field", ""),
            ),
        ),
        (
            "Token",
            "Signature over the statement `token` of the two first bytes and the body.",
            (
                ("1", "format", "`0x01`"),
                ("1", "algorithm", "`0x01`, Ed25519: the only one"),
                ("64", "signature", "of the host"),
                ("1 to 2048", "body", "TokenBody, below"),
            ),
        ),
        (
            "Revocation list",
            "Signature over the statement `revocation` of the body; 64 KiB at most.",
            (("64", "signature", "of the host"), ("n", "body", "RevocationBody, below")),
        ),
        (
            "Sealed preview",
            (
                "At most 4 KiB. AES-256-GCM under the link's subkey `link-preview`; associated data: the "
                "statement `link-preview` of locator and counter. Inside: signature of the host over the "
                "statement `preview` of locator and body, then the body (PreviewBody, below)."
            ),
            (
                ("12", "nonce", "random"),
                ("4", "counter", "big-endian, rises with every preview of the invite"),
                ("n", "sealed", "signature 64, body, tag 16"),
            ),
        ),
        (
            "Link body",
            (
                "In base64url without padding: `horizon://join/BODY`, or `https://HUB/join/LOCATOR#BODY`. 303 "
                "bytes at most; the whole link has at most 512 characters."
            ),
            (
                ("1", "version", "`0x01`"),
                ("1", "flags", "`0x00`"),
                ("16", "locator", "first 16 bytes of SHA-256 of the statement `locator` of host key and nonce"),
                ("32", "host", "the host's device key"),
                ("16", "secret", "the link's half of the two factors"),
                ("1", "hubs", "1 to 6"),
                ("1", "hub: flag", "1: a pin follows"),
                ("1", "hub: length", ""),
                ("n", "hub: address", "ASCII `host:port`, an IPv6 address in brackets"),
                ("16 or 0", "hub: pin", "first 16 bytes of SHA-256 of the hub's SPKI"),
            ),
        ),
    ),
    "redemption.md": (
        (
            "Mailbox message",
            (
                "One MessagePack array of three, 4 KiB at most (`RedemptionFrame`, below). The transcript hash "
                "is SHA-256 of the statement `redeem-transcript` of link body, Start body and Offer body: every "
                "byte of the link and of both messages, without their proofs."
            ),
            (
                ("1", "tag", "1 Start, 2 Offer, 3 Confirm, 4 Answer, 5 Refusal, 6 Withdraw"),
                ("n", "body", "the very bytes that are hashed"),
                ("0 to 64", "proof", "see each message"),
            ),
        ),
    ),
    "hub.md": (
        (
            "Relayed bytes",
            "Binary WebSocket message between host, hub and member: the hub sees this header and TLS records.",
            (
                ("1", "kind", "2 relayed bytes; 1 is a control message, 3 and 4 are ping and pong"),
                ("4", "link", "the hub's number for the member's connection, big-endian"),
                ("1", "lane", "1 control, 2 interactive, 3 bulk"),
                ("n", "records", "TLS 1.3 records, at most 64 KiB"),
            ),
        ),
    ),
    "link.md": (
        (
            "Frame",
            "Inside the encryption of each lane, big-endian.",
            (
                ("4", "length", "of what follows, 12 to 65536; checked before anything is allocated"),
                (
                    "1",
                    "kind",
                    "1 binding, 2 first, 3 data, 4 ack, 5 refused, 6 ping, 7 pong, 8 signal, 9 wanted, 10 came",
                ),
                ("1", "channel", "tag of the channel's row"),
                ("1", "data type", "tag of the data type"),
                ("1", "flags", "1 more fragments follow, 2 skipped"),
                ("8", "seq", "for each channel and direction, from 1"),
                ("n", "body", ""),
            ),
        ),
    ),
    "bulk.md": (
        (
            "Binding",
            (
                "Offer and answer travel signed, as those of the other direct path. The guest is the QUIC client and "
                "takes the one certificate whose hash the answer names; no authority counts. The server opens the only "
                "stream (number 1) and sends a challenge of 32 random bytes on it, then nothing before it has heard "
                "the client. In place of a TLS exporter both device keys sign SHA-256 of the statement `bulk-exporter` "
                "of these fields."
            ),
            (
                ("n", "offer", "as it was signed"),
                ("n", "answer", "as it was signed"),
                ("32", "certificate hash", "SHA-256 of the certificate in DER that TLS showed"),
                ("32", "challenge", "the first bytes of the stream"),
            ),
        ),
        (
            "Carrier datagram",
            (
                "Under QUIC, on the UDP path that ICE found (STUN begins with two zero bits, this with a one). Numbers "
                "are big-endian, count datagrams from 0 and wrap. The receiver hands packets on in order and drops "
                "what it did not welcome; the sender repeats what is lost."
            ),
            (
                (
                    "1",
                    "kind",
                    "`0x90` data, `0x91` loose, `0x92` ack, `0x93` ping, `0x94` size probe, `0x95` size seen",
                ),
                ("3", "cookie", "first bytes of SHA-256 of the statement `bulk-carrier` of offer and answer"),
                ("4", "data: number", "then one QUIC packet; a loose packet has no number and is never repeated"),
                ("4", "ack: next expected", ""),
                ("2", "ack: welcome", "how many datagrams from there on the receiver has room for"),
                ("n", "ack: bits", "of what came beyond the next expected, lowest first, little-endian"),
                ("2", "seen: bytes", "of the size probe that arrived, header and all"),
            ),
        ),
    ),
}

_SIMPLE: Final = {
    shapes.IntType: "int",
    shapes.StrType: "str",
    shapes.BytesType: "bytes",
    shapes.BoolType: "bool",
    shapes.FloatType: "float",
    shapes.NoneType: "nil",
    shapes.AnyType: "any",
}


def shape_of(kind: shapes.Type) -> str:
    """Return a type as the tables say it: `bytes 32`, `int 0..4`, `array of str`."""
    if isinstance(kind, shapes.Metadata):
        return shape_of(kind.type)
    if isinstance(kind, shapes.BytesType | shapes.StrType):
        return _SIMPLE[type(kind)] + _span(kind.min_length, kind.max_length)
    if isinstance(kind, shapes.IntType):
        return "int" + _range(kind.ge, kind.le)
    if isinstance(kind, shapes.EnumType):
        return "one of " + ", ".join(f"`{member.value}`" for member in kind.cls)
    return _compound(kind)


def _compound(kind: shapes.Type) -> str:
    match kind:
        case shapes.VarTupleType() | shapes.ListType() | shapes.FrozenSetType() | shapes.SetType():
            return f"array{_span(kind.min_length, kind.max_length)} of {shape_of(kind.item_type)}"
        case shapes.TupleType():
            return "(" + ", ".join(shape_of(item) for item in kind.item_types) + ")"
        case shapes.DictType():
            return f"map of {shape_of(kind.key_type)} to {shape_of(kind.value_type)}"
        case shapes.UnionType():
            return " or ".join(shape_of(item) for item in kind.types)
        case shapes.LiteralType():
            return "one of " + ", ".join(f"`{value}`" for value in kind.values)
        case shapes.StructType():
            return kind.cls.__name__
    return _SIMPLE.get(type(kind), type(kind).__name__)


def _span(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    return f" {high}" if low == high else f" {low or 0}..{'' if high is None else high}"


def _range(low: int | None, high: int | None) -> str:
    return "" if low is None and high is None else f" {'' if low is None else low}..{'' if high is None else high}"


def field_notes(cls: type) -> dict[str, str]:
    """Return the docstring under each field of a struct."""
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(cls))).body[0]
    assert isinstance(tree, ast.ClassDef)
    notes: dict[str, str] = {}
    for above, below in zip(tree.body, tree.body[1:], strict=False):
        if not isinstance(below, ast.Expr) or not isinstance(below.value, ast.Constant):
            continue
        if isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name):
            notes[above.target.id] = " ".join(str(ast.literal_eval(below.value)).split())
    return notes


def structs_of(module: ModuleType) -> Iterator[type[msgspec.Struct]]:
    """Yield the array structs that a module defines, in the order of its source."""
    for cls in vars(module).values():
        is_struct = isinstance(cls, type) and issubclass(cls, msgspec.Struct) and cls.__module__ == module.__name__
        if is_struct and cls.__struct_config__.array_like and cls.__struct_fields__:
            yield cls


def struct_table(cls: type[msgspec.Struct]) -> list[str]:
    """Return the lines of one struct's section."""
    kind = shapes.type_info(cls)
    assert isinstance(kind, shapes.StructType)
    notes = field_notes(cls)
    rows = [] if kind.tag is None else [("tag", f"`{kind.tag}`", "")]
    rows += [(field.encode_name, shape_of(field.type), notes.get(field.name, "")) for field in kind.fields]
    lines = [f"### {cls.__name__}", "", " ".join((cls.__doc__ or "").split()), ""]
    lines += ["| # | field | type | meaning |", "|---|---|---|---|"]
    return [*lines, *(f"| {at} | {name} | {typed} | {note} |" for at, (name, typed, note) in enumerate(rows)), ""]


def layout_table(layout: Layout) -> list[str]:
    """Return the lines of one hand-laid byte table."""
    name, words, rows = layout
    lines = [f"### {name}", "", words, "", "| bytes | part | meaning |", "|---|---|---|"]
    return [*lines, *(f"| {size} | {part} | {note} |" for size, part, note in rows), ""]


def page(name: str) -> str:
    """Return a whole page."""
    title, modules = PAGES[name]
    lines = [f"# {title}", "", "Written by `make docs` from the code; do not edit.", ""]
    for layout in LAYOUTS.get(name, ()):
        lines += layout_table(layout)
    for module_name in modules:
        module = importlib.import_module(f"{PACKAGE}.{module_name}")
        lines += [f"## `{module_name.replace('.', '/')}.py`", "", (module.__doc__ or "").strip().splitlines()[0], ""]
        for cls in structs_of(module):
            lines += struct_table(cls)
    return "\n".join(lines).rstrip() + "\n"


def labels_page() -> str:
    """Return the page of labels: every name under which something is signed, hashed, MACed or derived."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        for use, name in _labels_in(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(f"{use} in `{path.relative_to(ROOT / PACKAGE).as_posix()}`")
    lines = [
        "# Labels",
        "",
        "Written by `make docs` from the code; do not edit. Each stands for `horizon/NAME/v1`.",
        "",
    ]
    lines += ["| name | used |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | {', '.join(sorted(found[name]))} |" for name in sorted(found))]) + "\n"


def _labels_in(tree: ast.AST) -> Iterator[tuple[str, str]]:
    places = {"statement": 0, "mac": 1, "subkey": 1}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        at = 0 if isinstance(node.func, ast.Attribute) else places.get(name, 0)
        if name in places and len(node.args) > at:
            label = node.args[at]
            if isinstance(label, ast.Constant) and isinstance(label.value, str):
                yield name, label.value


def pages() -> dict[str, str]:
    """Return every page by file name."""
    return {**{name: page(name) for name in PAGES}, "labels.md": labels_page()}


def main() -> int:
    """Write the pages, or with --check say which are out of date."""
    written = pages()
    if "--check" in sys.argv[1:]:
        stale = [
            name
            for name, text in written.items()
            if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text
        ]
        print(
            "\n".join(f"out of date: docs/protocol/{name} (make docs)" for name in stale)
            or "docs/protocol is up to date"
        )
        return 1 if stale else 0
    DOCS.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (DOCS / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main())
