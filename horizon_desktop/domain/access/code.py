"""The redemption code: seven random symbols and one that catches typos (PROTOCOL section 3)."""

from typing import Final

from horizon_desktop.errors import InviteRefused, LocalProtocolError

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford base32: no I, L, O, U."""
RANDOM_SYMBOLS: Final = 7
CODE_SYMBOLS: Final = 8
CODE_ENTROPY_BYTES: Final = 5
"""35 of 40 bits are used."""
_WEIGHTS: Final = (1, 3, 5, 7, 9, 11, 13)
"""Odd, so that no mistyped symbol goes unseen (all 217 are caught) and few swaps of neighbours do."""
_READ_AS: Final = str.maketrans(
    {"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\t": None, "\n": None, "\r": None}
)
_WORDS: Final = {
    "0": "zero",
    "1": "one",
    "2": "two",
    "3": "three",
    "4": "four",
    "5": "five",
    "6": "six",
    "7": "seven",
    "8": "eight",
    "9": "nine",
    "A": "Alfa",
    "B": "Bravo",
    "C": "Charlie",
    "D": "Delta",
    "E": "Echo",
    "F": "Foxtrot",
    "G": "Golf",
    "H": "Hotel",
    "J": "Juliett",
    "K": "Kilo",
    "M": "Mike",
    "N": "November",
    "P": "Papa",
    "Q": "Quebec",
    "R": "Romeo",
    "S": "Sierra",
    "T": "Tango",
    "V": "Victor",
    "W": "Whiskey",
    "X": "X-ray",
    "Y": "Yankee",
    "Z": "Zulu",
}


def check_symbol(symbols: str) -> str:
    """Return the check symbol of seven symbols: sum of values times weights 1, 3, 5, 7, 9, 11, 13, mod 32."""
    total = sum(weight * ALPHABET.index(symbol) for weight, symbol in zip(_WEIGHTS, symbols, strict=True))
    return ALPHABET[total % len(ALPHABET)]


def code_from_entropy(entropy: bytes) -> str:
    """Return the canonical form (7 symbols) of a new code from 5 random bytes."""
    if len(entropy) != CODE_ENTROPY_BYTES:
        raise LocalProtocolError(f"a code is made from {CODE_ENTROPY_BYTES} random bytes")
    bits = int.from_bytes(entropy, "big")
    return "".join(ALPHABET[(bits >> (5 * place)) & 31] for place in range(RANDOM_SYMBOLS))


def shown_code(canonical: str) -> str:
    """Return a code as people read it: XXXX-XXXX, the last symbol being the check."""
    whole = canonical + check_symbol(canonical)
    return f"{whole[:4]}-{whole[4:]}"


def parse_code(text: str) -> str:
    """Return the canonical form, 7 upper-case symbols, of what somebody typed or pasted.

    Spaces, dashes and case do not matter; O reads as 0, I and L as 1.

    Raises:
        InviteRefused: code.typo: not 8 symbols of the alphabet, or the check symbol does not fit. Nothing has
            been sent and no try is used.
    """
    symbols = text.upper().translate(_READ_AS)
    is_whole = len(symbols) == CODE_SYMBOLS and all(symbol in ALPHABET for symbol in symbols)
    if not is_whole or check_symbol(symbols[:RANDOM_SYMBOLS]) != symbols[RANDOM_SYMBOLS]:
        raise InviteRefused("a code has 8 symbols, of which the last fits the others", code="code.typo")
    return symbols[:RANDOM_SYMBOLS]


def spelled(shown: str) -> tuple[str, ...]:
    """Return the word to say for each symbol of a code: "7" as seven, "Q" as Quebec (ITU spelling alphabet)."""
    return tuple(_WORDS[symbol] for symbol in shown if symbol in _WORDS)
