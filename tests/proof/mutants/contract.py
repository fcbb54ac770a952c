"""The codec, the sealed quarantine record, the compiler and the registered texts."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

CODEC = ("tests/unit/test_schemas_codec.py",)
SEAL = ("tests/unit/test_schemas_quarantine.py",)
DEFECTS = ("tests/unit/test_schemas_catalogue.py::test_a_planted_defect_is_found_where_it_is",)
REGISTRY = ("tests/unit/test_schemas_registry.py",)
KEYS = ("tests/unit/test_schemas_keyring.py", "tests/unit/test_schemas_keyfile.py")
COMPILER = "schemas/compile.py"

MUTANTS: Final = (
    Mutant(
        "canonical", "P3", "one value has many encodings, and bytes may follow it", "schemas/codec.py:Codec.decode",
        "self.encode(value) != payload", "False", CODEC,
    ),
    Mutant(
        "strict-encode", "P3", "a value with more fields than its schema is encoded", "schemas/codec.py:Codec.encode",
        "strict=True", "strict=False", CODEC,
    ),
    Mutant(
        "encode-silent", "P7", "an encoding error tells the value", "schemas/codec.py:Codec.encode",
        "({type(error).__name__})", "({error})", CODEC,
    ),
    Mutant(
        "decode-silent", "P7", "a decoding error tells the bytes", "schemas/codec.py:Codec.decode",
        '({type(error).__name__})") from None', '({type(error).__name__})")', CODEC,
    ),
    Mutant(
        "decode-ours", "P11", "a foreign error comes out of the codec", "schemas/codec.py:Codec.decode",
        "except Exception as error:", "except ZeroDivisionError as error:",
        (f"{CODEC[0]}::test_hostile_bytes_are_refused",),
    ),
    Mutant(
        "magic", "P3", "a message of another frame is read", "schemas/codec.py:unframe",
        " or message[0] != MAGIC", "", CODEC,
    ),
    Mutant(
        "frame-length", "P3", "a message shorter than the frame is read", "schemas/codec.py:unframe",
        " or len(message) < HEADER", "", CODEC,
    ),
    Mutant(
        "sealed", "P8", "refused bytes lie open in quarantine", "schemas/quarantine.py:Recipient.seal",
        "return pyrage.encrypt(plain,", "return plain or pyrage.encrypt(plain,", SEAL,
    ),
    Mutant(
        "seal-hour", "P8", "outside the seal stands when exactly", "schemas/quarantine.py:quarantined",
        "millis - millis % _HOUR", "millis", SEAL,
    ),
    Mutant(
        "seal-order", "P8", "outside the seal stands in which order", "schemas/quarantine.py:quarantined",
        "told.sort(key=", "list().sort(key=", SEAL,
    ),
    Mutant(
        "recipient-public", "P8", "a text that is no public key is taken for one",
        "schemas/quarantine.py:Recipient.__post_init__", "except pyrage.RecipientError:", "except ZeroDivisionError:",
        SEAL,
    ),
    Mutant(
        "event-budget", "P5", "an event carries any number of bits", f"{COMPILER}:_budget",
        "if bits > most:", "if False:", DEFECTS,
    ),
    Mutant(
        "field-budget", "P5", "a field carries any number of bits", f"{COMPILER}:_budget",
        "place.bits > FIELD_BITS", "False", DEFECTS,
    ),
    Mutant(
        "absence-counted", "P5", "presence carries bits that nobody counts", "schemas/plan.py:FieldPlan.images",
        " + self.nullable", "", ("tests/unit/test_schemas_catalogue.py::test_budgets_hold",),
    ),
    Mutant(
        "content-field", "P5", "a content field stands in a usage schema", "schemas/fields.py:_wired",
        "wiring.content_class is not None and kind is not Kind.CONTENT", "False", DEFECTS,
    ),
    Mutant(
        "body-is-content", "P5", "the log body is read into a domain", "schemas/fields.py:_wired",
        "wiring.attribute == BODY and wiring.content_class is None", "False", DEFECTS,
    ),
    Mutant(
        "field-closed", "P5", "a field without a domain compiles", "schemas/fields.py:compile_field",
        'wiring.content_class is None and "domain" not in parameters', "False", DEFECTS,
    ),
    Mutant(
        "class-known", "P5", "a field reads an attribute nobody classed", f"{COMPILER}:_class_of",
        "of is None and place.attribute != BODY", "False", DEFECTS,
    ),
    Mutant(
        "class-closed", "P5", "a field reads an attribute of class content or secret", f"{COMPILER}:_class_of",
        "of is AttributeClass.SECRET or (of in _CLOSED and place.domain is not None)", "False", DEFECTS,
    ),
    Mutant(
        "identifier-keyed", "P5", "an identifier is read otherwise than as a pseudonym", f"{COMPILER}:_class_of",
        'place.domain.domain != "pseudonym"', "False", DEFECTS,
    ),
    Mutant(
        "content-never-trains", "P4", "a content schema has the purpose of training", f"{COMPILER}:_promises",
        "is_content and Purpose.TRAIN_AI_SYSTEM in", "False and Purpose.TRAIN_AI_SYSTEM in", DEFECTS,
    ),
    Mutant(
        "expiry-dated", "P4", "an event of usage trains for ever", f"{COMPILER}:_promises",
        'not is_content and schema.tidegate.expires == "never"', "False", DEFECTS,
    ),
    Mutant(
        "opt-out-there", "P4", "Origin lacks the opt-out", f"{COMPILER}:_origin",
        "names != list(ORIGIN_FIELDS)", "False", DEFECTS,
    ),
    Mutant(
        "text-frozen", "P6", "an edited registered text runs", "schemas/registry.py:_read",
        'schema.sha256 != row["sha256"]', "False", REGISTRY,
    ),
    Mutant(
        "index-true", "P6", "the index gives a schema another role than its text", "schemas/registry.py:_told_truly",
        "if said == (schema.name", "if True or said == (schema.name", REGISTRY,
    ),
    Mutant(
        "index-whole", "P6", "ids are missing in the index", "schemas/registry.py:_read",
        'int(row["id"]) != expected', "False", REGISTRY,
    ),
    Mutant(
        "index-stray", "P6", "a text lies there that nobody registered", "schemas/registry.py:read_registry",
        "for name in stray", "for name in ()", REGISTRY,
    ),
    Mutant(
        "key-length", "P8", "a key of any length is taken", "schemas/keyring.py:_epoch",
        "len(raw) != KEY_BYTES", "not raw", KEYS,
    ),
    Mutant(
        "key-of-epoch", "P8", "a dropped key's epoch is served by another key", "schemas/keyring.py:Epoch.covers",
        "moment < self.ends", "True", KEYS,
    ),
    Mutant(
        "key-once", "P8", "two epochs share a key", "schemas/keyring.py:Keyring.__post_init__",
        " and len({it.key for it in self.epochs}) == len(self.epochs)", "", KEYS,
    ),
    Mutant(
        "key-hidden", "P7", "a key ring shows its keys", "schemas/keyring.py:Epoch",
        "field(repr=False)", "field()", KEYS,
    ),
)  # fmt: skip
