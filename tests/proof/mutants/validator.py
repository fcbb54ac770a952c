"""The validator: the journey, the loop, and the domains that both sides judge with."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

JOURNEY = ("tests/unit/test_validator_journey.py",)
SERVICE = ("tests/unit/test_validator_service.py",)
AGAIN = ("tests/unit/test_validator_domains.py", *JOURNEY)
GATE = "consumers/validator/journey.py"
LOOP = "consumers/validator/service.py"
WORDS = ("tests/unit/test_schemas_domains_words.py",)
NUMBERS = ("tests/unit/test_schemas_domains_numbers.py",)
TIMES = ("tests/unit/test_schemas_domains_times.py",)
IDS = ("tests/unit/test_schemas_domains_pseudonyms.py",)
VERSIONS = ("tests/unit/test_schemas_domains_versions.py",)
AGENTS = ("tests/unit/test_schemas_domains_agents.py",)

MUTANTS: Final = (
    Mutant(
        "schema-known", "P3", "an unknown schema's bytes are read as some schema's", f"{GATE}:_plan",
        "if registered is None:", "if False:", JOURNEY,
    ),
    Mutant(
        "kind-of-topic", "P3", "a content event on a telemetry topic is carried on", f"{GATE}:_plan",
        " or registered.kind is not TOPICS.get(message.topic)", "", JOURNEY,
    ),
    Mutant(
        "role-telemetry", "P3", "an ML record put on a telemetry topic is read", f"{GATE}:_plan",
        "registered.role is not Role.TELEMETRY or ", "", JOURNEY,
    ),
    Mutant(
        "plan-there", "P3", "a schema that was taken out goes on", f"{GATE}:_plan",
        "if plan is None:", "if False:", JOURNEY,
    ),
    Mutant(
        "undecodable", "P3", "what is no value of its schema is a defect of ours", f"{GATE}:_journey",
        "except CodecError:", "except ZeroDivisionError:", JOURNEY,
    ),
    Mutant(
        "receive-window", "P3", "a receive time of any size is believed", f"{GATE}:_journey",
        "not -RETENTION <= received - now <= SKEW", "False", JOURNEY,
    ),
    Mutant(
        "judged-again", "P2", "the validator copies what lies on the topic", f"{GATE}:_image",
        "return place.domain.reduce(value, context)", "return value", AGAIN,
    ),
    Mutant(
        "refused-for-domain", "P3", "a value outside its domain is a defect of ours", f"{GATE}:_image",
        "except OutsideDomain as miss:", "except ZeroDivisionError as miss:", AGAIN,
    ),
    Mutant(
        "kept-from-ml", "P2", "what is kept from the ML record is in it", "schemas/compile.py:_plan",
        " if field.in_ml)", ")", JOURNEY,
    ),
    Mutant(
        "purpose", "P4", "an event that is not for training trains", f"{GATE}:_withheld",
        "not plan.for_ml", "False", JOURNEY,
    ),
    Mutant(
        "expiry", "P4", "an expired event trains", f"{GATE}:_withheld",
        "date() > plan.expires", "date() > date().max", JOURNEY,
    ),
    Mutant(
        "opt-out", "P4", "an event whose sender opted out trains", f"{GATE}:_withheld",
        "value_at(record, _OPTED_OUT) is not False", "False", JOURNEY,
    ),
    Mutant(
        "value-hidden", "P7", "a refused message shows itself", f"{GATE}:Refused",
        "field(repr=False)", "field()", JOURNEY,
    ),
    Mutant(
        "defect-of-ours", "P10", "a defect in one message stops the validator", f"{GATE}:_outcome",
        "except Exception:", "except ZeroDivisionError if False else KeyboardInterrupt:", JOURNEY,
    ),
    Mutant(
        "headers", "P3", "a message's headers are let by unseen", f"{GATE}:_envelope",
        "not message.headers", "True", JOURNEY,
    ),
    Mutant(
        "tombstone", "P3", "a tombstone is taken for bytes", f"{GATE}:_envelope",
        "message.value is not None", "True", JOURNEY,
    ),
    Mutant(
        "oversize", "P11", "a message of any size is decoded", f"{GATE}:_envelope",
        "<= LARGEST", "< 2**60", JOURNEY,
    ),
    Mutant(
        "foreign-key", "P3", "a message's key is let by unseen", f"{GATE}:_journey",
        "raise _Exit(Reason.FOREIGN_KEY, plan.schema_id)", "pass", JOURNEY,
    ),
    Mutant(
        "key-of-its-day", "P3", "a message of a dropped key's days is a defect of ours", f"{GATE}:_journey",
        "except NoKey:", "except ZeroDivisionError:", ("tests/unit/test_epochs.py",),
    ),
    Mutant(
        "commit-last", "P10", "offsets are committed before the outputs are acknowledged", f"{LOOP}:Validator._turn",
        "if batch and self._carry(", "consumer.commit(batch)\n        if batch and self._carry(", SERVICE,
    ),
    Mutant(
        "stop-commits-nothing", "P10", "a stop commits what was not carried", f"{LOOP}:Validator._carry",
        "return False", "return True", SERVICE,
    ),
    Mutant(
        "sealed-bounded", "P10", "one large message stops the validator", "consumers/validator/output.py:_sealed",
        "[:SEALED_BYTES]", "", SERVICE,
    ),
    Mutant(
        "order-says-nothing", "P5", "the order of ml.eligible is the order of sending",
        "consumers/validator/output.py:messages", "eligible = sorted(", "eligible = list(", SERVICE,
    ),
    Mutant(
        "copies-withheld", "P3", "a message sent again and again is carried each time",
        "consumers/validator/seen.py:Seen.without_copies", "outcome.event in self._ids or outcome.event in batch",
        "False", SERVICE,
    ),
    Mutant(
        "copies-bounded", "P11", "the memory of what was carried grows for ever",
        "consumers/validator/seen.py:Seen.carried", "len(self._ids) > self._most", "False", SERVICE,
    ),
    Mutant(
        "breaker", "P10", "a flood that got past the collector drains all telemetry into quarantine",
        "consumers/validator/breaker.py:Breaker.check", "self._trip(total, reasons)", "pass", SERVICE,
    ),
    Mutant(
        "breaker-stays", "P10", "a restart closes the breaker", "consumers/validator/breaker.py:Breaker.__init__",
        "path is not None and path.exists()", "False", (f"{SERVICE[0]}::test_a_trip_outlives_the_process",),
    ),
    Mutant(
        "poison", "P10", "a message that kills the validator stops its partition",
        "consumers/validator/crashes.py:Crashes.judged", "self._deaths[first] >= MOST", "False", SERVICE,
    ),
    Mutant(
        "unreadable", "P10", "the bytes of a batch are taken for an event's", f"{GATE}:_envelope",
        "message.unreadable is None", "True", JOURNEY,
    ),
    Mutant(
        "unreadable-apart", "P6", "batches are sealed as if they were values",
        "consumers/validator/output.py:_groups", " or outcome.form != group[0].form", "", SERVICE,
    ),
    Mutant(
        "tries-end", "P10", "a batch for which there is no memory stops its partition for ever",
        "consumers/tries.py:Tries._is_tried_again", "self._tried[place] >= MOST", "False",
        ("tests/unit/test_consumers_tries.py",),
    ),
    Mutant(
        "tries-kept", "P10", "a restart forgets how often a batch was tried", "consumers/tries.py:Tries.__init__",
        "_read(path)", "Counter[Place]()", ("tests/unit/test_consumers_tries.py",),
    ),
    Mutant(
        "id-image-spells", "P2", "text in hex on the topic passes as a pseudonym",
        "schemas/domains/pseudonyms.py:Pseudonym.reduce", "if _holds_text(raw):", "if False:", IDS,
    ),
    Mutant(
        "other-is-short", "P2", "language becomes OTHER, and its presence says so", "schemas/domains/words.py:missed",
        " and shape.fits(value)", "", WORDS,
    ),
    Mutant(
        "flag-exact", "P2", "1 passes as true", "schemas/domains/words.py:Flag.telemetry",
        "value is True or value is False", "value in (True, False)", WORDS,
    ),
    Mutant(
        "enum-listed", "P2", "a word that is no symbol passes", "schemas/domains/words.py:Enum.reduce",
        " and image in self.symbols", "", WORDS,
    ),
    Mutant(
        "word-own-copy", "P2", "the sender's copy of a word is kept", "schemas/domains/words.py:Vocabulary.telemetry",
        "return self.words[place - 1]", "return value", WORDS,
    ),
    Mutant(
        "word-listed", "P2", "a word of no list is OTHER", "schemas/domains/words.py:Vocabulary.reduce",
        "raise OutsideDomain(Reason.NOT_IN_VOCABULARY)", "return 0", WORDS,
    ),
    Mutant(
        "whole-exact", "P2", "true and 1.0 pass as 1", "schemas/domains/numbers.py:Whole.telemetry",
        "type(value) is not int", "not isinstance(value, (int, float))", NUMBERS,
    ),
    Mutant(
        "whole-bounded", "P2", "a number of any size passes", "schemas/domains/numbers.py:Whole.telemetry",
        "not 0 <= value <= self.max", "False", NUMBERS,
    ),
    Mutant(
        "whole-coarse", "P2", "ML gets the exact number", "schemas/domains/numbers.py:Whole.reduce",
        "bisect_right(self.edges, self.telemetry(image, context)) - 1", "self.telemetry(image, context)", NUMBERS,
    ),
    Mutant(
        "real-finite", "P2", "NaN passes", "schemas/domains/numbers.py:Real.telemetry",
        "not math.isfinite(value)", "False", NUMBERS,
    ),
    Mutant(
        "real-bounded", "P2", "a number outside its bounds passes", "schemas/domains/numbers.py:Real.telemetry",
        "not self.min <= value <= self.max", "False", NUMBERS,
    ),
    Mutant(
        "time-window", "P2", "a time of any year passes", "schemas/domains/times.py:Time.inside",
        "not -PAST <= moment - context.moment <= FUTURE", "False", TIMES,
    ),
    Mutant(
        "time-coarse", "P2", "ML gets the exact time", "schemas/domains/times.py:Time.reduce",
        "moment - moment % self._grain", "moment", TIMES,
    ),
    Mutant(
        "version-form", "P2", "text passes as a version", "schemas/domains/versions.py:Version._numbers",
        "number > bound", "False", VERSIONS,
    ),
    Mutant(
        "version-length", "P2", "a version of many numbers passes", "schemas/domains/versions.py:Version._numbers",
        "len(numbers) > len(self.components)", "False", VERSIONS,
    ),
    Mutant(
        "id-random", "P2", "a name passes as an id", "schemas/domains/pseudonyms.py:Pseudonym.telemetry",
        "not is_random_id(value)", "False", IDS,
    ),
    Mutant(
        "id-stretch", "P2", "text among other bytes passes as an id", "schemas/domains/pseudonyms.py:_holds_text",
        "_has_stretch(raw) or ", "", IDS,
    ),
    Mutant(
        "id-codes", "P2", "characters' numbers pass as an id", "schemas/domains/pseudonyms.py:is_random_id",
        "not is_text", "True", IDS,
    ),
    Mutant(
        "id-stamped", "P2", "text under a UUID's version and variant passes as an id",
        "schemas/domains/pseudonyms.py:is_random_id", "_has_stretch(rest) or ", "", IDS,
    ),
    Mutant(
        "id-keyed", "P2", "an id is hashed without the key", "schemas/domains/pseudonyms.py:_begun",
        "(key if len(key)", "(bytes(32) if len(key)", IDS,
    ),
    Mutant(
        "id-image", "P2", "anything on the topic passes as a pseudonym",
        "schemas/domains/pseudonyms.py:Pseudonym.reduce",
        ' or set(image) - set("0123456789abcdef")', "", IDS,
    ),
    Mutant(
        "agent-length", "P11", "a user agent of any length goes through the parser",
        "schemas/domains/agents.py:UserAgent.telemetry", "not 0 < len(value) <= LONGEST", "False", AGENTS,
    ),
    Mutant(
        "agent-majors", "P2", "a browser's version carries any number", "schemas/domains/agents.py:UserAgent.reduce",
        "not 0 <= image[part] <= newest", "False", AGENTS,
    ),
)  # fmt: skip
