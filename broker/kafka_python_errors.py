"""Each of kafka-python's errors, and which of ours it becomes. Its texts may name values, so none is passed on."""

# ruff: noqa: SIM905 - a table of names reads better as words than as a list of strings

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from broker.port import SAYS, BrokerError, Exhausted, Misused, Refused, TooLarge, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFUSED = """
AuthorizationError ClusterAuthorizationFailedError DelegationTokenAuthDisabledError
DelegationTokenAuthorizationFailedError DelegationTokenExpiredError DelegationTokenNotFoundError
DelegationTokenOwnerMismatchError DelegationTokenRequestNotAllowedError GroupAuthorizationFailedError
InvalidPrincipalTypeError PolicyViolationError PrincipalDeserializationFailureError SecurityDisabledError
TopicAuthorizationFailedError TransactionalIdAuthorizationFailedError UnacceptableCredentialError
""".split()

_UNAUTHENTICATED = "IllegalSaslStateError SaslAuthenticationFailedError UnsupportedSaslMechanismError".split()

_TOO_LARGE = "MessageSizeTooLargeError RecordListTooLargeError".split()

# The cluster, its leaders or its coordinators are busy, away or moving; or this client's session is: a new one helps.
_UNAVAILABLE = """
BrokerIdNotRegisteredError BrokerNotAvailableError Cancelled CommitFailedError ConcurrentTransactionsError
CoordinatorLoadInProgressError CoordinatorNotAvailableError CorrelationIdError CorruptRecordError
DuplicateBrokerRegistrationError DuplicateSequenceNumberError DuplicateVoterError ElectionNotNeededError
EligibleLeadersNotAvailableError FencedInstanceIdError FencedLeaderEpochError FencedMemberEpochError
FencedStateEpochError FetchSessionIdNotFoundError FetchSessionTopicIdError GroupMaxSizeReachedError
GroupSubscribedToTopicError IllegalGenerationError InconsistentClusterIdError InconsistentTopicIdError
InconsistentVoterSetError IneligibleReplicaError InvalidFetchSessionEpochError InvalidMetadataError
InvalidProducerEpochError InvalidProducerIdMappingError InvalidReceiveError InvalidShareSessionEpochError
InvalidVoterKeyError KafkaConnectionError KafkaError KafkaProtocolError KafkaStorageError KafkaTimeoutError
LeaderNotAvailableError ListenerNotFoundError LogDirNotFoundError MemberIdRequiredError MetadataEmptyBrokerList
NetworkExceptionError NewLeaderElectedError NoReassignmentInProgressError NodeNotReadyError NonEmptyGroupError
NotControllerError NotCoordinatorError NotEnoughReplicasAfterAppendError NotEnoughReplicasError
NotLeaderForPartitionError OffsetMovedToTieredStorageError OffsetNotAvailableError OperationNotAttemptedError
OutOfOrderSequenceNumberError PositionOutOfRangeError PreferredLeaderNotAvailableError ProducerFencedError
QuotaViolationError ReassignmentInProgressError RebalanceInProgressError ReplicaNotAvailableError
RequestTimedOutError RetriableError ShareSessionNotFoundError SnapshotNotFoundError StaleBrokerEpochError
StaleControllerEpochError StaleMemberEpochError StaleMetadata ThrottlingQuotaExceededError TooManyInFlightRequests
TransactionAbortableError TransactionAbortedError TransactionCoordinatorFencedError UnknownBrokerIdError
UnknownControllerIdError UnknownError UnknownLeaderEpochError UnknownMemberIdError UnknownProducerIdError
UnknownTopicIdError UnreleasedInstanceIdError UnstableOffsetCommitError VoterNotFoundError BrokerResponseError
""".split()

_MISUSED = """
DuplicateResourceError FeatureUpdateFailedError GroupIdNotFoundError IllegalArgumentError IllegalStateError
InconsistentGroupProtocolError IncompatibleBrokerVersion InvalidCommitOffsetSizeError InvalidConfigurationError
InvalidFetchRequestError InvalidGroupIdError InvalidPartitionsError InvalidRecordError InvalidRecordStateError
InvalidRegistrationError InvalidReplicationAssignmentError InvalidReplicationFactorError InvalidRequestError
InvalidRequiredAcksError InvalidSessionTimeoutError InvalidTimestampError InvalidTopicError
InvalidTransactionTimeoutError InvalidTxnStateError InvalidUpdateVersionError KafkaConfigurationError
LogTruncationError MismatchedEndpointTypeError NoError NoOffsetForPartitionError OffsetMetadataTooLargeError
OffsetOutOfRangeError ResourceNotFoundError TelemetryTooLargeError TopicAlreadyExistsError
TopicDeletionDisabledError TransactionalIdNotFoundError UnknownSubscriptionIdError UnknownTopicOrPartitionError
UnrecognizedBrokerVersion UnsupportedAssignorError UnsupportedCodecError UnsupportedCompressionTypeError
UnsupportedEndpointTypeError UnsupportedForMessageFormatError UnsupportedVersionError
""".split()

BECOMES: dict[str, type[BrokerError]] = {
    **dict.fromkeys(_REFUSED, Refused),
    **dict.fromkeys(_UNAUTHENTICATED, Unauthenticated),
    **dict.fromkeys(_TOO_LARGE, TooLarge),
    **dict.fromkeys(_UNAVAILABLE, Unavailable),
    **dict.fromkeys(_MISUSED, Misused),
    # Python's own, as the library lets them through
    "ValueError": Misused,
    "TypeError": Misused,
    "MemoryError": Exhausted,
}


def translate(error: Exception, doing: str) -> BrokerError:
    """Give our error for theirs. What nobody foresaw is `Unavailable`: nothing may be taken as written."""
    names = [cls.__name__ for cls in type(error).__mro__]
    if names[0] == "KafkaError":  # a refused InitProducerId comes as this, the broker's error named in the text alone
        names = [*(name for name in (*_UNAUTHENTICATED, *_REFUSED) if name in str(error)), *names]
    becomes = next((BECOMES[name] for name in names if name in BECOMES), Unavailable)
    return becomes(f"{doing}: {SAYS[becomes]} ({names[0]})")


@contextlib.contextmanager
def ours(doing: str) -> Iterator[None]:
    """Turn whatever the library raises into our errors; the cause is cut off, since its text may hold a value."""
    try:
        yield
    except BrokerError:
        raise
    except Exception as error:  # noqa: BLE001 - the door: nothing of theirs passes
        raise translate(error, doing) from None
