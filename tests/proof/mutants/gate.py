"""The collector's gate, and the decoders before it."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

PIPELINE = ("tests/unit/test_collector_pipeline.py",)
SHARED = ("tests/unit/test_collector_pipeline_shared.py",)
SERVICE = ("tests/unit/test_collector_service.py",)
GATE, ENVELOPE, PLACING = "collector/pipeline.py", "collector/envelope.py", "collector/placing.py"
PROTOBUF = ("tests/unit/test_collector_otlp.py",)
JSON = ("tests/unit/test_collector_otlp_json_refused.py", "tests/unit/test_collector_otlp_json.py")
SIGNALS, OTLP = ("tests/unit/test_signals_gate.py",), ("tests/unit/test_signals_otlp.py",)
READER, FIELDS = "collector/otlp_json.py", "collector/otlp_json_fields.py"

MUTANTS: Final = (
    Mutant(
        "event-known", "P1", "a record of any name becomes some event", f"{GATE}:match",
        "routes.logs.get(name) if", "routes.logs.get(name, catalogue.plans['call.ended']) if", PIPELINE,
    ),
    Mutant(
        "event-named-once", "P1", "a second, different event name is let by", f"{GATE}:match",
        " and names.count(name) == len(names)", "", PIPELINE,
    ),
    Mutant(
        "scope-name", "P1", "text passes as the scope's name", f"{ENVELOPE}:of_scope",
        "scope.name not in catalogue.scopes", "False", PIPELINE,
    ),
    Mutant(
        "scope-version", "P1", "text passes as the scope's version", f"{ENVELOPE}:of_scope",
        "not _SCOPE_VERSION.fullmatch(scope.version)", "False", PIPELINE,
    ),
    Mutant(
        "scope-attributes", "P1", "attributes of the scope are let by", f"{ENVELOPE}:of_scope",
        "if scope.attributes:", "if False:", PIPELINE,
    ),
    Mutant(
        "schema-url", "P1", "text passes as a schema URL", f"{ENVELOPE}:of_scope",
        "not all(map(_SCHEMA_URL.fullmatch, urls))", "False", PIPELINE,
    ),
    Mutant(
        "severity-text", "P1", "text passes as the severity", f"{ENVELOPE}:_of_log",
        "log.severity_text.upper() not in _SEVERITIES", "False", PIPELINE,
    ),
    Mutant(
        "trace-id", "P1", "bytes of any length pass as trace id", f"{ENVELOPE}:_of_log",
        "len(log.trace_id) not in (0, 16)", "False", PIPELINE,
    ),
    Mutant(
        "span-id", "P1", "bytes of any length pass as span id", f"{ENVELOPE}:_of_log",
        "len(log.span_id) not in (0, 8)", "False", PIPELINE,
    ),
    Mutant(
        "body-has-place", "P1", "a log body is dropped unseen", f"{ENVELOPE}:_of_log",
        'log.body not in (None, "") and plan.reads_body is None and BODY not in plan.discards', "False", PIPELINE,
    ),
    Mutant(
        "attribute-declared", "P1", "an attribute nobody declared is dropped unseen", f"{PLACING}:_place",
        "classes.get(key) is AttributeClass.OPERATIONAL", "True", PIPELINE,
    ),
    Mutant(
        "attribute-of-record", "P1", "operational names are dropped from records, not from resources alone",
        f"{PLACING}:place_attributes", "_NAMES_THE_EVENT", "catalogue.classes", PIPELINE,
    ),
    Mutant(
        "attribute-named-body", "P1", "an attribute called body goes as the log body goes", f"{PLACING}:_place",
        " and key != BODY", "", PIPELINE,
    ),
    Mutant(
        "attribute-twice", "P1", "the second value of an attribute is let by", f"{PLACING}:_place",
        "if before is not value and (type(before), before) != (type(value), value):", "if False:", PIPELINE,
    ),
    Mutant(
        "attribute-twice-type", "P1", "true passes for a second 1", f"{PLACING}:_place",
        "(type(before), before) != (type(value), value)", "before != value", PIPELINE,
    ),
    Mutant(
        "field-required", "P1", "a record without a required field goes on", f"{PLACING}:_image",
        "place.default is REQUIRED", "False", PIPELINE,
    ),
    Mutant(
        "image-made", "P2", "the value itself is carried, not its image", f"{PLACING}:_image",
        "return domain.telemetry(value, context)", "return value", PIPELINE,
    ),
    Mutant(
        "content-type", "P1", "a content field takes a value of any type", f"{PLACING}:_image",
        "type(value) not in place.content_types", "False", PIPELINE,
    ),
    Mutant(
        "shared-by-event", "P1", "what one event may discard is dropped from another's resource", f"{GATE}:_origin",
        "key = (plan.event, id(record.resource))", 'key = ("", id(record.resource))', SHARED,
    ),
    Mutant(
        "shared-by-resource", "P10", "a request's second session becomes its first", f"{GATE}:_origin",
        "key = (plan.event, id(record.resource))", "key = (plan.event, 0)", SHARED,
    ),
    Mutant(
        "shared-by-scope", "P1", "text passes as the name of a request's second scope", f"{GATE}:_envelope",
        "around = (id(record.scope), id(record.resource))", "around = (0, id(record.resource))", SHARED,
    ),
    Mutant(
        "event-id-keyed", "P2", "the event id is readable text of the record", f"{GATE}:_make",
        'keyed(request.context.key, f"{number} {told}".encode(), 128).hex()',
        "f'{number} {told}'[:32]", PIPELINE,
    ),
    Mutant(
        "event-id-twins", "P10", "two equal events of one request are one", f"{GATE}:_make",
        "request.twins.get(told, 0) + 1", "1", PIPELINE,
    ),
    Mutant(
        "content-topic", "P2", "content events go to a telemetry topic", f"{GATE}:TOPICS",
        'Kind.CONTENT: "customer.content"', 'Kind.CONTENT: "telemetry.usage"', PIPELINE,
    ),
    Mutant(
        "defect-refuses", "P10", "a defect in one record fails its neighbours", f"{GATE}:_exits",
        "return Refused(Refusal(Reason.INTERNAL), record)", "raise", PIPELINE,
    ),
    Mutant(
        "record-hidden", "P7", "a record's attributes show themselves", "collector/records.py:LogRecord",
        "attributes: Attributes = field(default=(), repr=False)", "attributes: Attributes = field(default=())",
        ("tests/unit/test_silence.py",),
    ),
    Mutant(
        "exit-hidden", "P7", "a refusal shows the value by way of the exception before it", f"{PLACING}:make_images",
        "*kind_of(value))) from None", "*kind_of(value), value))", PIPELINE,
    ),
    Mutant(
        "acknowledged", "P10", "200 is answered for what is neither with Kafka nor on disk",
        "collector/service.py:Gateway._take", "raise RetryLater(RETRY_SECONDS) from None", "pass", SERVICE,
    ),
    Mutant(
        "refused-sealed", "P8", "refused records go nowhere", "collector/service.py:Gateway._take",
        "if refused:", "if False:", SERVICE,
    ),
    Mutant(
        "refused-counted", "P10", "the sender is not told how many were refused", "collector/service.py:Gateway._take",
        "for outcome in refused)\n        return", "for outcome in refused[1:])\n        return", SERVICE,
    ),
    Mutant(
        "protobuf-only", "P11", "what is no protobuf ends in a foreign error", "collector/otlp.py:decode",
        "except DecodeError:", "except ZeroDivisionError:", PROTOBUF,
    ),
    Mutant(
        "protobuf-resources", "P11", "a request holds any number of resources", "collector/otlp.py:_check_counts",
        "len(resources) > most or len(scopes) > most", "len(scopes) > most", PROTOBUF,
    ),
    Mutant(
        "protobuf-scopes", "P11", "a request holds any number of scopes", "collector/otlp.py:_check_counts",
        "or len(scopes) > most", "", PROTOBUF,
    ),
    Mutant(
        "protobuf-records", "P11", "a request holds any number of records", "collector/otlp.py:_check_counts",
        "for scope in scopes) > most", "for scope in scopes) < 0", PROTOBUF,
    ),
    Mutant(
        "protobuf-native", "P11", "the decoder that is 100 times slower is taken",
        "collector/otlp.py:require_fast_protobuf", 'api_implementation.Type() != "upb"', "False", PROTOBUF,
    ),
    Mutant(
        "protobuf-profiles", "P1", "a value of a kind that logs do not have passes as absent",
        "collector/otlp_values.py:Reader.value",
        'raise Undecodable("a value is of a kind that logs do not have")', "return None", PROTOBUF,
    ),
    Mutant(
        "json-names-once", "P11", "of two equal names the second wins unseen", f"{READER}:_unique",
        "len(found) != len(pairs)", "False", JSON,
    ),
    Mutant(
        "json-digits", "P11", "a number of a million digits is read", f"{READER}:_bounded",
        "len(digits) > _MOST_DIGITS", "False", JSON,
    ),
    Mutant(
        "json-constants", "P11", "NaN passes as a word of JSON", f"{READER}:_parse",
        ", parse_constant=_no_constant", "", JSON,
    ),
    Mutant(
        "json-two-kinds", "P11", "of a value's two kinds one is let by unseen", f"{READER}:_Filler.fill",
        "message.WhichOneof(found.containing_oneof.name) is not None", "False", JSON,
    ),
    Mutant(
        "json-depth", "P11", "a value nests without end", f"{READER}:_Filler.fill",
        "depth > DEEPEST", "False", JSON,
    ),
    Mutant(
        "json-ids", "P11", "an id is read as base64", f"{READER}:_plain",
        "field.name in _IDS", "False", JSON,
    ),
    Mutant(
        "profiles-keys", "P1", "a key of a kind that logs do not have passes as an empty one",
        "collector/otlp_values.py:Reader.attributes", "_HAS_KEY_STRINDEX and pair.key_strindex", "False", JSON,
    ),
    Mutant(
        "json-integer", "P11", "true passes as 1, and numbers beyond 64 bits", f"{FIELDS}:integer",
        "type(given) is not int or given not in within", "False", JSON,
    ),
    Mutant(
        "json-rounded", "P11", "an integer that was rounded passes", f"{FIELDS}:integer",
        "abs(given) < _EXACT", "True", JSON,
    ),
    Mutant(
        "json-enum", "P11", "an enum's name passes as its number", f"{FIELDS}:enum",
        "isinstance(given, str)", "False", JSON,
    ),
    Mutant(
        "json-infinite", "P11", "1e999 passes as infinity", f"{FIELDS}:double",
        "math.isinf(number)", "False", JSON,
    ),
    Mutant(
        "json-base64", "P11", "base64 with anything between passes", f"{FIELDS}:base64",
        "strict_mode=True", "strict_mode=False", JSON,
    ),
    Mutant(
        "span-kind", "P1", "a span of any kind is taken", "schemas/routes.py:Routes.span",
        "self.spans.get((scope, kind), ())", "next(iter(self.spans.values()), ())", SIGNALS,
    ),
    Mutant(
        "span-requires", "P1", "a span lacks what its schema requires", "schemas/routes.py:Routes.span",
        "_required(it) <= set(attributes)", "True", SIGNALS,
    ),
    Mutant(
        "span-context", "P1", "bytes of any length pass as a span's ids", f"{ENVELOPE}:of_record",
        "lengths in ((16, 8, 0), (16, 8, 8))", "True", SIGNALS,
    ),
    Mutant(
        "span-event-named", "P1", "an event within a span is another's", f"{GATE}:_discarded",
        "(record.scope.name, record.name) not in catalogue.routes.span_events", "False", SIGNALS,
    ),
    Mutant(
        "point-form", "P1", "a point of another form is taken", f"{ENVELOPE}:of_record",
        "wrong is None", "True", SIGNALS,
    ),
    Mutant(
        "point-unit", "P1", "text passes as a metric's unit", "collector/facts.py:_of_metric",
        "point.unit == match.unit", "True", SIGNALS,
    ),
    Mutant(
        "histogram-bounds", "P1", "a sender chooses the bounds", "collector/facts.py:_of_buckets",
        "uppers == match.bounds", "True", SIGNALS,
    ),
    Mutant(
        "histogram-counts", "P1", "buckets that don't add up are taken", "collector/facts.py:_of_buckets",
        "sum(counts or ()) == histogram.count", "True", SIGNALS,
    ),
    Mutant(
        "histogram-buckets", "P1", "counts beside the bounds' pass", "collector/facts.py:_of_buckets",
        "len(counts) == len(match.bounds) + 1", "True", SIGNALS,
    ),
    Mutant(
        "metric-aspect", "P1", "a refused metric says nothing of what is wrong", f"{GATE}:_check",
        "plan.schema_id, where", "plan.schema_id, None", SIGNALS,
    ),
    Mutant(
        "json-surrogates", "P11", "text that is not Unicode goes on", f"{READER}:_parse",
        "_SURROGATE.search(body)", "False", JSON,
    ),
    Mutant(
        "points-counted", "P11", "a request holds any number of points", "collector/otlp_metrics.py:read",
        "left < 0", "False", OTLP,
    ),
    Mutant(
        "points-sealed-once", "P11", "each point is sealed with its metric's texts", "collector/otlp_metrics.py:encode",
        "metric is not last.message[0]", "True", ("tests/unit/test_signals_shared.py",),
    ),
    Mutant(
        "content-shared", "P11", "a resource's content is carried with each record", f"{PLACING}:place_resource",
        "place.content is not None and value is not NOTHING", "False", ("tests/unit/test_signals_shared.py",),
    ),
    Mutant(
        "id-length", "P11", "each form of ids looks through megabytes", "schemas/domains/pseudonyms.py:is_random_id",
        "len(text) > _LONGEST", "False", ("tests/unit/test_signals_shared.py",),
    ),
    Mutant(
        "histogram-extremes", "P1", "a histogram's largest is below its smallest", "collector/facts.py:_of_buckets",
        "not _crossed(histogram)", "True", ("tests/unit/test_signals_numbers.py",),
    ),
    Mutant(
        "rivals", "P1", "two events can be made of one record", "schemas/authored.py:_placed",
        "rival is not None", "False", ("tests/contract/test_rules.py",),
    ),
)  # fmt: skip
