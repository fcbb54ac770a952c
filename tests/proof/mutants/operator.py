"""What the quarantine's operator may do, and what has to stand in the audit log before it is done."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

TOOLS, AUDIT = "deploy/commands/quarantine.py", "deploy/quarantine/audit.py"
READING, REPLAYING, SHOWING, OPENING = (
    f"deploy/quarantine/{name}.py" for name in ("reading", "replaying", "showing", "opening")
)
LIST = "deploy/commands/_groups.py"
DESK = ("tests/unit/test_deploy_quarantine.py",)
TRIPS = ("tests/unit/test_deploy_trips.py",)
ASKING = ("tests/unit/test_deploy_quarantine_asking.py",)

MUTANTS: Final = (
    Mutant(
        "opened-on-a-terminal", "P14", "refused records go into a pipe by accident", f"{TOOLS}:open_",
        "output is None and not sys.stdout.isatty()", "False", DESK,
    ),
    Mutant(
        "opened-whole", "P14", "it is not known yet which ones open when the first is shown", f"{TOOLS}:open_",
        "list(opener.each(chosen, lambda each, keys: list(lines(each, keys))))",
        "opener.each(chosen, lambda each, keys: list(lines(each, keys)))", DESK,
    ),
    Mutant(
        "opened-on-record", "P14", "refused records are shown without a line in the audit log", f"{TOOLS}:open_",
        'Audit(Folder(data_dir).quarantine_audit).write("open", reason, [each.place for each, _ in opened])', "pass",
        DESK,
    ),
    Mutant(
        "opened-key-private", "P14", "a private key that others may read is used", f"{OPENING}:Opener.__init__",
        "credentials.read_private(file)", "file.read_text()", DESK,
    ),
    Mutant(
        "opened-key-is-one", "P14", "what is no private key passes for one that opens nothing",
        f"{OPENING}:Opener.__init__", "except BadKey as error:", "except ZeroDivisionError as error:", ASKING,
    ),
    Mutant(
        "opened-and-left", "P14", "what was not opened goes unsaid", f"{TOOLS}:_left",
        "return int(bool(opener.left))", "return 0", DESK,
    ),
    Mutant(
        "opened-none", "P14", "an output is made where nothing was opened", f"{TOOLS}:open_",
        "if opened or not opener.left:", "if True:", DESK,
    ),
    Mutant(
        "opened-by-name", "P14", "more is opened than was asked for", f"{TOOLS}:_chosen",
        "if not wanted or each.place in wanted", "if True", DESK,
    ),
    Mutant(
        "asked-and-there", "P14", "a message that is not there passes for opened", f"{TOOLS}:_chosen",
        "missing := set(wanted) - {each.place for each in found}", "missing := set()", ASKING,
    ),
    Mutant(
        "operator-alone", "P14", "another principal's right is used to read quarantine", f"{TOOLS}:_chosen",
        "_user(OPERATOR,", "_user(COLLECTOR,", DESK,
    ),
    Mutant(
        "reason-asked", "P14", "a deed goes without a reason", f"{TOOLS}:_reason",
        "required=True", 'default="none"', ASKING,
    ),
    Mutant(
        "reason-said", "P14", "a blank passes for a reason", f"{TOOLS}:_said",
        "if not any(map(str.isalnum, text)):", "if False:", ASKING,
    ),
    Mutant(
        "wrong-key-passed-over", "P10", "one seal that does not open keeps all others shut", f"{OPENING}:Opener.each",
        "except BadKey:", "except ZeroDivisionError:", DESK,
    ),
    Mutant(
        "strange-seal-named", "P14", "a seal of something else ends the tool", f"{OPENING}:Opener.each",
        "except CodecError:", "except ZeroDivisionError:", DESK,
    ),
    Mutant(
        "opened-new-file", "P14", "opened records are written over a file that was there", f"{TOOLS}:_out",
        "os.O_CREAT | os.O_EXCL", "os.O_CREAT | os.O_TRUNC", DESK,
    ),
    Mutant(
        "opened-private", "P14", "others may read what was opened", f"{TOOLS}:_out",
        "0o600", "0o644", DESK,
    ),
    Mutant(
        "replay-on-record", "P14", "records are sent again without a line in the audit log", f"{TOOLS}:replay",
        'audit.write("replay", reason, [each.place for each in chosen])', "pass", DESK,
    ),
    Mutant(
        "replay-once", "P10", "what was replayed is replayed each time", f"{TOOLS}:replay",
        "set() if again else audit.replayed()", "set()", DESK,
    ),
    Mutant(
        "replay-noted", "P10", "a replay that broke off begins from its start", f"{TOOLS}:replay",
        'audit.write("replayed", reason, [each.place])', "pass", DESK,
    ),
    Mutant(
        "replay-token-private", "P14", "an ingest token that others may read is used", f"{TOOLS}:replay",
        "credentials.read_private(token_file) if", "token_file.read_text() if", ASKING,
    ),
    Mutant(
        "purge-on-record", "P14", "quarantine is deleted without a line in the audit log", f"{TOOLS}:purge",
        'audit.write("purge", reason, before=before)', "pass", DESK,
    ),
    Mutant(
        "purge-counted", "P14", "nobody knows afterwards how much was deleted", f"{TOOLS}:purge",
        'audit.write("purged", reason, before=before, count=deleted)', "pass", DESK,
    ),
    Mutant(
        "purge-age", "P10", "a purge deletes what is younger than it was told", f"{TOOLS}:purge",
        "time.time() * 1000 - days * DAY", "time.time() * 1000", DESK,
    ),
    Mutant(
        "purge-topic", "P10", "a purge deletes telemetry", f"{TOOLS}:purge",
        "admin.purge(TOPIC, before)", "admin.purge('telemetry.usage', before)", DESK,
    ),
    Mutant(
        "audit-on-disk", "P14", "a line of the audit log is lost with the power", f"{AUDIT}:Audit.write",
        "os.fsync(file.fileno())", "pass", DESK,
    ),
    Mutant(
        "audit-kept", "P14", "a line of the audit log takes the place of those before", f"{AUDIT}:Audit.write",
        "os.O_APPEND", "os.O_TRUNC", DESK,
    ),
    Mutant(
        "audit-private", "P14", "others may read the operator's reasons", f"{AUDIT}:Audit.write",
        "0o600", "0o644", DESK,
    ),
    Mutant(
        "audit-or-nothing", "P14", "without an audit log the deed is done all the same", f"{AUDIT}:Audit.write",
        "except OSError as error:", "except OSError as error:\n            return", DESK,
    ),
    Mutant(
        "strays-passed", "P10", "a message somebody else wrote hides all that were refused", f"{READING}:_sealed",
        "except CodecError:", "except ZeroDivisionError:", DESK,
    ),
    Mutant(
        "seal-not-shown", "P7", "a traceback shows a seal", f"{READING}:Sealed",
        "field(repr=False)", "field()", ASKING,
    ),
    Mutant(
        "token-not-shown", "P7", "a traceback shows the ingest token", f"{REPLAYING}:Door",
        "field(default=None, repr=False)", "field(default=None)", ASKING,
    ),
    Mutant(
        "replay-by-http", "P14", "refused records go to a file or another protocol", f"{REPLAYING}:Door.send",
        'not self.url.startswith(("http://", "https://"))', "False", DESK,
    ),
    Mutant(
        "replay-taken", "P10", "what a collector did not take counts as replayed", f"{REPLAYING}:Door.send",
        'raise Problem(f"the collector answered {error.code}: try again, or see its log") from None', "return 0", DESK,
    ),
    Mutant(
        "replay-answered", "P10", "whatever says 200 counts as a collector", f"{REPLAYING}:Door.send",
        "return rejected_of(answer.read(), signal)", "return 0", DESK,
    ),
    Mutant(
        "replay-rightless", "P10", "what nobody may write counts as written", f"{REPLAYING}:replay",
        "if written and producer is None:", "if False:", DESK,
    ),
    Mutant(
        "replay-kind", "P9", "content is written to a telemetry topic", f"{REPLAYING}:_message",
        "registered.kind not in topics", 'topics.setdefault(registered.kind, "telemetry.usage") is None', DESK,
    ),
    Mutant(
        "list-no-terminal", "P14", "text on the topic commands the operator's terminal", f"{LIST}:_row",
        "printable(cell)", "cell", ASKING,
    ),
    Mutant(
        "list-of-versions", "P10", "a version that is none ends the list", "deploy/quarantine/groups.py:groups",
        'if _VERSION.fullmatch(told.app_version or "") else None', "", ASKING,
    ),
    Mutant(
        "shown-no-terminal", "P14", "a refused record commands the operator's terminal", f"{SHOWING}:_shown",
        "line if line.isprintable() else", "line if True else", DESK,
    ),
    Mutant(
        "trip-words", "P7", "`status` shows what stands in a file, whatever that is", "deploy/trips.py:read_trip",
        "if code in _CODES", "if True", TRIPS,
    ),
    Mutant(
        "trip-folder", "P10", "a slip in the folder's name passes for a validator that goes on",
        "deploy/commands/validator.py:resume", 'if not of.beat("validator").exists():', "if False:", TRIPS,
    ),
    Mutant(
        "shown-as-bytes", "P14", "what somebody else sealed ends the tool", f"{SHOWING}:_records",
        "except RequestError:", "except ZeroDivisionError:", DESK,
    ),
)  # fmt: skip
