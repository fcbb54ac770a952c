"""Every error of either client library has one of ours, and none of their texts passes."""

from __future__ import annotations

import inspect

import confluent_kafka
import kafka.errors
import pytest

from broker import confluent_errors, kafka_python_errors
from broker.port import SAYS, BrokerError, Exhausted, Misused, Refused, TooLarge, Unauthenticated, Unavailable

CANARY = "canary-what-a-customer-said"
THEIRS = [
    error
    for _, error in inspect.getmembers(kafka.errors, inspect.isclass)
    if issubclass(error, kafka.errors.KafkaError) and error.__module__ == "kafka.errors"
]
CODES = [name for name in dir(confluent_kafka.KafkaError) if name.strip("_").isupper()]


@pytest.mark.parametrize("error", THEIRS, ids=lambda error: error.__name__)
def test_every_error_of_kafka_python_is_mapped(error: type[Exception]) -> None:
    """A class of `kafka.errors` that the table does not name fails here, not in production."""
    assert error.__name__ in kafka_python_errors.BECOMES


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_librdkafka_is_mapped(code: str) -> None:
    """A code that the table does not name fails here, not in production."""
    assert code in confluent_errors.BECOMES


def test_no_name_is_mapped_that_the_library_does_not_have() -> None:
    """A name that was mistyped, or that a new version dropped, is found."""
    assert set(kafka_python_errors.BECOMES) - {error.__name__ for error in THEIRS} == {
        "ValueError", "TypeError", "MemoryError",
    }  # fmt: skip
    assert set(confluent_errors.BECOMES) == set(CODES)


@pytest.mark.parametrize("error", THEIRS, ids=lambda error: error.__name__)
def test_what_the_library_retries_is_transient(error: type[Exception]) -> None:
    """What kafka-python calls retriable is `Unavailable` here, save a topic that we know not to exist."""
    if getattr(error, "retriable", False) and error is not kafka.errors.UnknownTopicOrPartitionError:
        assert kafka_python_errors.BECOMES[error.__name__] is Unavailable


@pytest.mark.parametrize(
    ("raised", "becomes"),
    [
        (kafka.errors.TopicAuthorizationFailedError(CANARY), Refused),
        (kafka.errors.MessageSizeTooLargeError(CANARY), TooLarge),
        (kafka.errors.for_code(9999)(CANARY), Unavailable),
        (ValueError(CANARY), Misused),
        (UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY), Misused),
        (ConnectionResetError(CANARY), Unavailable),
        (RuntimeError(CANARY), Unavailable),
        (AttributeError(CANARY), Unavailable),
        (kafka.errors.KafkaError(f"{CANARY}: [Error 31] ClusterAuthorizationFailedError"), Refused),
        (kafka.errors.KafkaError(CANARY), Unavailable),
    ],
)
def test_their_texts_do_not_pass_the_door(raised: Exception, becomes: type[BrokerError]) -> None:
    """Whatever is raised inside, ours comes out, without the text and without the cause."""
    with pytest.raises(becomes) as caught, kafka_python_errors.ours("could not write"):
        raise raised
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("code", "becomes"),
    [
        (confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED, Refused),
        (confluent_kafka.KafkaError.MSG_SIZE_TOO_LARGE, TooLarge),
        (confluent_kafka.KafkaError._MSG_TIMED_OUT, Unavailable),
        (confluent_kafka.KafkaError._INVALID_ARG, Misused),
    ],
)
def test_librdkafkas_texts_do_not_pass_either(code: int, becomes: type[BrokerError]) -> None:
    """A `KafkaException` becomes ours by its code; its text stays inside."""
    with pytest.raises(becomes) as caught, confluent_errors.ours("could not write"):
        raise confluent_kafka.KafkaException(confluent_kafka.KafkaError(code, CANARY))
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__


def test_our_own_errors_pass_as_they_are() -> None:
    """An error of ours raised inside the door keeps its text."""
    for door in (kafka_python_errors.ours, confluent_errors.ours):
        with pytest.raises(Refused, match="as it is"), door("could not write"):
            raise Refused("as it is")


def test_only_unavailable_is_transient() -> None:
    """Trying again helps with `Unavailable` alone, of which one kind is ours, and each error has its sentence."""
    assert [error for error in SAYS if error.transient] == [Unavailable, Exhausted]
    assert set(SAYS) - {Exhausted, Unauthenticated} == set(BrokerError.__subclasses__()) & set(SAYS)
    assert set(SAYS) == {Unavailable, Exhausted, Refused, Unauthenticated, TooLarge, Misused}
