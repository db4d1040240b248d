"""Keys and sealing: the only file that knows cryptography.

    passphrase ─Argon2id─┐
    recovery code ───────┴─ + server secret ─HKDF→ slot key ─opens→ vault key (one a person, random)
    vault key ─→ private rows · identity (X25519) · the person's copy of each room key
    room key (one a pair and epoch, random) ─→ the pair's shared rows
    session token ─→ the vault key, while signed in

Everything sealed has one format, and is bound to what it is, where it stands and who wrote it:

    version | salt(24) | commitment(32) | AES-256-GCM(padded text) | tag(16)

Whatever cannot be opened raises `Sealed`, without a reason. All keys, secrets and ids are bytes.
"""

import base64
import hashlib
import hmac
import os
import secrets
import threading
import unicodedata
from contextlib import contextmanager
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from companion.errors import Busy, Sealed

VERSION = b"\x01"
SALT, COMMITMENT, TAG = 24, 32, 16
HEAD = len(VERSION) + SALT + COMMITMENT
LONGEST_TEXT = 256 * 1024
LONGEST_PASSPHRASE = 1024

# RFC 9106, second recommended option: 64 MiB, three passes, four lanes.
ARGON2 = {"memory": 65536, "passes": 3, "lanes": 4}
ARGON2_AT_ONCE = 2
ARGON2_WAITING = 4
ARGON2_WAIT = 1.0

SHA256 = hashes.SHA256()

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH, CODE_GROUP = 28, 4

_server_secret = None
_gate = threading.BoundedSemaphore(ARGON2_AT_ONCE)
_queue = threading.BoundedSemaphore(ARGON2_AT_ONCE + ARGON2_WAITING)


# The server secret: 32 bytes beside the database, without which no guessed passphrase can be tried.


def init(server_secret):
    """Take the server secret (32 bytes) into use in this process."""
    global _server_secret
    if len(server_secret) != 32:
        raise ValueError("the server secret is 32 bytes")
    _server_secret = server_secret


def blur(purpose, *parts):
    """32 bytes that stand for `parts` in the database and say nothing to whoever has only that."""
    return hmac.digest(derive(_secret(), "blur", purpose), encode(*parts), "sha256")


def _secret():
    if _server_secret is None:
        raise RuntimeError("the server secret has not been taken into use")
    return _server_secret


# Encoding, derivation, padding.


def encode(*fields):
    """`fields` (bytes, str, int or UUID) as bytes, so that different tuples never look alike."""
    try:
        return b"".join([ENCODED[type(field)](field) for field in fields])
    except KeyError as kind:
        raise TypeError(f"{kind.args[0].__name__} cannot stand in a context") from None


def _framed(tag, raw):
    return tag + len(raw).to_bytes(4, "big") + raw


# How a field of each kind is written: what it is, how long it is, itself. An id looks like the same sixteen bytes.
ENCODED = {
    UUID: lambda field: b"b\0\0\0\x10" + field.bytes,
    int: lambda field: b"i\0\0\0\x08" + field.to_bytes(8, "big"),
    str: lambda field: _framed(b"s", field.encode()),
    bytes: lambda field: _framed(b"b", field),
}


def derive(key, *purpose, length=32, salt=None):
    """`length` bytes from `key`, for this purpose and no other."""
    return _derive(key, encode("companion 1", *purpose), length, salt)


def _derive(key, purpose, length, salt):
    if len(key) < 16:
        raise ValueError("too short to be a key")
    return HKDF(SHA256, length, salt, purpose).derive(key)


def pad(text):
    """To a multiple of 256 bytes, from 4 KiB up to an eighth of the power of two below: length tells little."""
    body = len(text).to_bytes(4, "big") + text
    step = max(256, 1 << max(len(body).bit_length() - 4, 0))
    return body + bytes(-len(body) % step)


def unpad(padded):
    end = 4 + int.from_bytes(padded[:4], "big")
    if len(padded) < 4 or end > len(padded) or padded.count(0, end) != len(padded) - end:
        raise Sealed
    return padded[4:end]


# The one format.

# The purpose of what seals a message, up to where its context follows: written out once, as it is needed for each.
MESSAGE = encode("companion 1", "message")


def seal(key, text, *context):
    """`text` (bytes, at most 256 KiB) so that only `key` with the same `context` opens it."""
    if len(text) > LONGEST_TEXT:
        raise ValueError("too long to be sealed")
    salt, bound = os.urandom(SALT), encode(*context)
    head, message_key, nonce = _message(key, salt, bound)
    return head + AESGCM(message_key).encrypt(nonce, pad(text), head + bound)


def unseal(key, blob, *context):
    """The text in `blob`; raises Sealed."""
    if blob is None or len(blob) < HEAD + 4 + TAG or blob[:1] != VERSION:
        raise Sealed
    blob, bound = bytes(blob), encode(*context)
    head, message_key, nonce = _message(key, blob[1 : 1 + SALT], bound)
    # The commitment comes first: a blob made to open under two keys opens under neither.
    if not hmac.compare_digest(head, blob[:HEAD]):
        raise Sealed
    try:
        return unpad(AESGCM(message_key).decrypt(nonce, blob[HEAD:], head + bound))
    except InvalidTag:
        raise Sealed from None


def _message(key, salt, bound):
    # Key and nonce are used for this one message, so a nonce can never come twice.
    made = _derive(key, MESSAGE + bound, 32 + 12 + COMMITMENT, salt)
    return VERSION + salt + made[44:], made[:32], made[32:44]


# A person's vault.


class Vault:
    """One person's opened vault."""

    def __init__(self, person_id, key):
        self.person_id = person_id
        self.key = key
        self.private_key = derive(key, "private", person_id)

    @classmethod
    def new(cls, person_id):
        return cls(person_id, os.urandom(32))

    def keep(self, text, *context):
        """`text` sealed for this person alone."""
        return seal(self.private_key, text, "kept", self.person_id, *context)

    def find(self, blob, *context):
        """What `keep` sealed under the same context; raises Sealed."""
        return unseal(self.private_key, blob, "kept", self.person_id, *context)

    def new_identity(self):
        """(public key, sealed private key) of a new X25519 pair."""
        private = X25519PrivateKey.generate()
        return private.public_key().public_bytes_raw(), self.keep(private.private_bytes_raw(), "identity")


def room_key():
    """A new room's key."""
    return os.urandom(32)


def content_key(key, pair_id, epoch):
    """What seals the rows of a pair in this epoch."""
    return derive(key, "content", pair_id, epoch)


# Key slots: two ways into one vault, the passphrase and the recovery code.


def new_slot(kind, secret, vault, slot_id):
    """The columns of a slot through which `secret` (str) opens `vault`; kind is passphrase or recovery."""
    salt = os.urandom(16)
    cost = ARGON2 if kind == "passphrase" else dict.fromkeys(ARGON2, 0)
    slot_key, verifier = _slot_keys(kind, secret, salt, cost, vault.person_id, slot_id)
    blob = seal(slot_key, vault.key, "vault", vault.person_id, slot_id)
    return {"kind": kind, "salt": salt, "verifier": verifier, "blob": blob, **cost}


def open_slot(slot, secret):
    """The vault behind `slot` (an object with the columns of `new_slot`, id and person_id); raises Sealed, Busy."""
    cost = {name: getattr(slot, name) for name in ARGON2}
    slot_key, verifier = _slot_keys(slot.kind, secret, bytes(slot.salt), cost, slot.person_id, slot.id)
    if not hmac.compare_digest(verifier, bytes(slot.verifier)):
        raise Sealed
    return Vault(slot.person_id, unseal(slot_key, slot.blob, "vault", slot.person_id, slot.id))


def decoy(secret):
    """The work of opening a slot, for an address nobody has: time must not tell."""
    nobody = UUID(int=0)
    _slot_keys("passphrase", secret, bytes(16), ARGON2, nobody, nobody)


def outdated(slot):
    """Whether a passphrase slot was made at another cost than today's."""
    return slot.kind == "passphrase" and {name: getattr(slot, name) for name in ARGON2} != ARGON2


def _slot_keys(kind, secret, salt, cost, person_id, slot_id):
    root = stretch(secret, salt, **cost) if kind == "passphrase" else derive(secret.encode(), "code", salt=salt)
    made = derive(root + _secret(), "slot", kind, person_id, slot_id, length=64)
    return made[:32], hashlib.sha256(made[32:]).digest()


def stretch(passphrase, salt, *, memory, passes, lanes):
    """Argon2id of `passphrase`; raises Sealed for what cannot be one or for planted costs, Busy when crowded."""
    raw = unicodedata.normalize("NFC", " ".join(passphrase.split())).encode(errors="surrogatepass")
    # Costs are read from the database: neither weaker nor heavier than what this house has ever used.
    planted = not (19456 <= memory <= 262144 and 2 <= passes <= 10 and 1 <= lanes <= 8)
    if planted or not 1 <= len(raw) <= LONGEST_PASSPHRASE:
        raise Sealed
    with _argon2_gate():
        return hash_secret_raw(raw, salt, passes, memory, lanes, 32, Type.ID)


@contextmanager
def _argon2_gate():
    # Each run takes 64 MiB: at most two at once. Nobody waits long for a turn, and only a few do, so that a crowd
    # at the door leaves threads for those who are inside.
    if not _queue.acquire(blocking=False):
        raise Busy(wait=2)
    try:
        if not _gate.acquire(timeout=ARGON2_WAIT):
            raise Busy(wait=2)
        try:
            yield
        finally:
            _gate.release()
    finally:
        _queue.release()


def new_code():
    """A recovery code as shown: 130 random bits and 10 check bits in seven groups of four."""
    body = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH - 2))
    return "-".join(code_groups(body + _check_letters(body)))


def code_groups(code):
    """The seven groups of a code."""
    letters = code.replace("-", "")
    return [letters[i : i + CODE_GROUP] for i in range(0, CODE_LENGTH, CODE_GROUP)]


def read_code(typed):
    """What `new_code` made, from what a person typed; raises ValueError for a slip of the finger."""
    letters = typed.upper().translate(str.maketrans("OIL", "011"))
    letters = "".join(letter for letter in letters if letter in CODE_LETTERS)
    body = letters[:-2]
    if len(letters) != CODE_LENGTH or letters[-2:] != _check_letters(body):
        raise ValueError("mistyped")
    return "-".join(code_groups(letters))


def _check_letters(body):
    check = int.from_bytes(hashlib.sha256(b"companion code " + body.encode()).digest()[:2], "big") & 0x3FF
    return CODE_LETTERS[check >> 5] + CODE_LETTERS[check & 31]


# Tokens: what a link or a cookie carries, and what the database keeps of it.


def new_token():
    """(token as text, its 32 bytes)."""
    raw = os.urandom(32)
    return token_text(raw), raw


def token_text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_token(text):
    """The 32 bytes of a token; raises Sealed."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Sealed from None
    if len(raw) != 32 or token_text(raw) != text:
        raise Sealed
    return raw


def token_hash(raw, purpose):
    """What the database keeps of a token: enough to find it again, not to make it."""
    return derive(raw, "hash", purpose)


def seal_session(raw, vault):
    """`vault`'s key sealed under a session's token."""
    return seal(derive(raw, "session"), vault.key, "session", vault.person_id)


def open_session(raw, person_id, blob):
    """The vault `seal_session` sealed; raises Sealed."""
    return Vault(person_id, unseal(derive(raw, "session"), blob, "session", person_id))


# Opening a room: an invitation's secret vouches for both public keys and for the hand-over of the room key.


def vouch(secret, *context):
    """Proof, to whoever else knows the invitation's `secret`, that `context` is genuine."""
    return hmac.digest(derive(secret, "vouch"), encode(*context), "sha256")


def vouched(secret, proof, *context):
    return proof is not None and hmac.compare_digest(vouch(secret, *context), bytes(proof))


def hand_over(vault, identity, to_public, key, *context):
    """`key` sealed to the other's public key, from this person: in transit only, never at rest."""
    mine, mine_public = _identity(vault, identity)
    once, to = X25519PrivateKey.generate(), X25519PublicKey.from_public_bytes(to_public)
    once_public = once.public_key().public_bytes_raw()
    shared = once.exchange(to) + mine.exchange(to)
    return once_public + seal(_transit_key(shared, once_public, mine_public, to_public), key, *context)


def take_over(vault, identity, from_public, blob, *context):
    """The key that `hand_over` sealed; raises Sealed."""
    mine, mine_public = _identity(vault, identity)
    once_public = bytes(blob[:32])
    try:
        shared = mine.exchange(X25519PublicKey.from_public_bytes(once_public))
        shared += mine.exchange(X25519PublicKey.from_public_bytes(bytes(from_public)))
    except ValueError:
        raise Sealed from None
    return unseal(_transit_key(shared, once_public, bytes(from_public), mine_public), blob[32:], *context)


def _transit_key(shared, once_public, from_public, to_public):
    return derive(shared, "transit", once_public, from_public, to_public)


def _identity(vault, identity):
    private = X25519PrivateKey.from_private_bytes(vault.find(identity, "identity"))
    return private, private.public_key().public_bytes_raw()
