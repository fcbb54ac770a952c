"""What the quarantine's operator may do, and what has to stand in the audit log before it is done."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

TOOLS, AUDIT = "deploy/commands/quarantine.py", "deploy/quarantine/audit.py"
READING, REPLAYING, SHOWING = (f"deploy/quarantine/{name}.py" for name in ("reading", "replaying", "showing"))
DESK = ("tests/unit/test_deploy_quarantine.py",)
ASKING = ("tests/unit/test_deploy_quarantine_asking.py",)

MUTANTS: Final = (
    Mutant(
        "opened-on-a-terminal", "P14", "refused records go into a pipe by accident", f"{TOOLS}:open_",
        "output is None and not sys.stdout.isatty()", "False", DESK,
    ),
    Mutant(
        "opened-whole", "P14", "some are shown before another turns out not to open", f"{TOOLS}:open_",
        "[(each, _opened(each, lambda each=each: list(lines(each, key)))) for each in chosen]",
        "((each, _opened(each, lambda each=each: list(lines(each, key)))) for each in chosen)", DESK,
    ),
    Mutant(
        "opened-on-record", "P14", "refused records are shown without a line in the audit log", f"{TOOLS}:open_",
        'Audit(Folder(data_dir).quarantine_audit).write("open", reason, [each.place for each in chosen])', "pass", DESK,
    ),
    Mutant(
        "opened-key-private", "P14", "a private key that others may read is used", f"{TOOLS}:open_",
        "credentials.read_private(identity)", "identity.read_text()", DESK,
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
        "required=True", 'default=""', ASKING,
    ),
    Mutant(
        "wrong-key-named", "P14", "an error of the seal's library is shown", f"{TOOLS}:_opened",
        "except BadKey:", "except ZeroDivisionError:", DESK,
    ),
    Mutant(
        "strange-seal-named", "P14", "a seal of something else ends the tool", f"{TOOLS}:_opened",
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
        "replay-key-private", "P14", "a private key that others may read is used for a replay", f"{TOOLS}:replay",
        "credentials.read_private(identity)", "identity.read_text()", DESK,
    ),
    Mutant(
        "replay-token-private", "P14", "an ingest token that others may read is used", f"{TOOLS}:replay",
        "credentials.read_private(token_file) if", "token_file.read_text() if", ASKING,
    ),
    Mutant(
        "purge-on-record", "P14", "quarantine is deleted without a line in the audit log", f"{TOOLS}:purge",
        'Audit(folder.quarantine_audit).write("purge", reason, before=before)', "pass", DESK,
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
        "shown-as-bytes", "P14", "what somebody else sealed ends the tool", f"{SHOWING}:_records",
        "except RequestError:", "except ZeroDivisionError:", DESK,
    ),
)  # fmt: skip
