"""Nothing a resident wrote, and no secret, reaches a log; what an operator needs does."""

import io
import logging
import sys
import uuid

import pytest

from bot.privacy import logs
from bot.privacy.redact import redact

TEXT = "mijn man slaat mij"
SECRETS = [
    ("HTTP Request: POST https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe", "AAHdqTcv"),
    ("GET /file/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/photos/1.jpg", "AAHdqTcv"),
    ("token 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw refused", "AAHdqTcv"),
    ("Authorization: Bearer abc.def-ghi", "abc.def"),
    ("headers {'authorization': 'Basic dXNlcjpwYXNz', 'a': 1}", "dXNlcjpwYXNz"),
    ("(b'Authorization', b'Bearer s3cr3tvalue')", "s3cr3tvalue"),
    ("X-Telegram-Bot-Api-Secret-Token=hunter2hunter2", "hunter2"),
    ("sent with bearer EAAJB1234567890abcdef", "EAAJB"),
    ("access_token=EAAJB1234567890abcdef&x=1", "EAAJB"),
    ("postgresql://aanspraak:geheim@db:5432/aanspraak", "geheim"),
    ("password=geheim host=db", "geheim"),
    ("wamid.HBgLMzE2MTIzNDU2NzgVAgASGBQzQTdC failed", "HBgLMzE2"),
    ("[SQL: INSERT …]\n[parameters: {'text': 'mijn man slaat mij'}]", TEXT),
    ("duplicate key\nDETAIL:  Key (address)=(31612345678) already exists.", "31612345678"),
    ("(0.001) SELECT 1; args=('mijn man slaat mij',); alias=default", TEXT),
    ("GET /chat/?text=mijn+man HTTP/1.1", "mijn+man"),
    ("from +31612345678 and a@example.nl, bsn 111222333, NL91ABNA0417164300", "12345678"),
    ("X-Hub-Signature-256: sha256=0123456789abcdef0123456789abcdef", "0123456789abcdef"),
]


@pytest.fixture
def lines(monkeypatch):
    """What a freshly configured process prints; logging is as before afterwards."""
    root, manager = logging.root, logging.root.manager
    before = (root.handlers[:], root.level, logging.getLogRecordFactory(), logging.raiseExceptions)
    loggers = {n: (o.handlers[:], o.propagate, o.level) for n, o in manager.loggerDict.items() if isinstance(o, logging.Logger)}
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("AANSPRAAK_PROCESS", "turns")
    logs.configure({"level": "DEBUG"})
    yield lambda: stream.getvalue()
    logging.captureWarnings(False)
    root.handlers[:], logging.raiseExceptions = before[0], before[3]
    root.setLevel(before[1])
    logging.setLogRecordFactory(before[2])
    for name, (handlers, propagate, level) in loggers.items():
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.mark.parametrize(("line", "secret"), SECRETS)
def test_secrets_are_redacted(line, secret):
    """Tokens, passwords, message ids and SQL parameters, in each form that a library prints them."""
    assert secret not in redact(line)


@pytest.mark.parametrize(
    "line", ["Uvicorn running on http://127.0.0.1:8000", f"job drain[12](conversation_id=3) {uuid.UUID(int=7**40)}"]
)
def test_what_an_operator_needs_stays(line):
    """Addresses, counts and our own ids are no secret."""
    assert redact(line) == line


@pytest.mark.parametrize("name", ["rasa.core.processor", "rasa_sdk.executor", "sqlalchemy.engine", "asyncio", "other"])
@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING, logging.ERROR])
def test_a_library_tells_its_event_and_never_the_words(lines, name, level):
    """The part of the message that stands in the source stays; what was put into it does not."""
    logger = logging.getLogger(name)
    logger.log(level + 20, "No answer for %s after %d tries", TEXT, 3)
    logger.warning(f"Could not read {TEXT} again")
    logger.warning("Could not add " + TEXT)
    logger.warning(TEXT)
    assert TEXT not in lines()
    assert "No answer for ⟨…⟩ after 3 tries" in lines()
    assert "Could not read ⟨…⟩ again" in lines()
    assert "Could not add ⟨…⟩" in lines()


def _fail():
    raise ValueError(TEXT)


def test_an_error_is_told_by_its_type_and_places(lines):
    """An error's message may quote what somebody typed: ours alone are shown."""
    for name in ("rasa.core.channels", "django.request", "bot.turns"):
        try:
            _fail()
        except ValueError:
            logging.getLogger(name).exception("turn failed")
    assert TEXT not in lines()
    assert lines().count("builtins.ValueError") == 3
    assert lines().count("test_logs.py") >= 6
    assert "_fail" in lines()


def test_the_errors_behind_an_error_are_told_too(lines):
    """The cause is where the work is; its words stay out as well."""
    try:
        try:
            _fail()
        except ValueError as error:
            raise OSError(13, TEXT) from error
    except OSError:
        logging.getLogger("rasa").error("failed", exc_info=True)
    assert "builtins.PermissionError errno=13" in lines()
    assert "builtins.ValueError" in lines()
    assert TEXT not in lines()


def test_our_own_errors_say_what_to_do(lines):
    """Their messages are written by us."""
    from bot.privacy.exceptions import KeyMissing

    try:
        raise KeyMissing
    except KeyMissing:
        logging.getLogger("bot.turns").exception("keys")
    assert "Put the old key back" in lines()


def test_an_event_is_one_line_with_its_fields(lines):
    """Time, level, process, name and fields: nothing else."""
    handover = uuid.uuid4()
    logs.event("handover.accepted", handover=handover, late=2)
    assert lines().split(" ", 1)[1] == f"INFO turns handover.accepted handover={handover} late=2\n"


@pytest.mark.parametrize("value", [TEXT, "x" * 65, "", ["a"], {"a": 1}, b"abc", "0612345678", 31612345678, "a@b.nl", "a\nb"])
def test_an_event_refuses_anything_but_ids_counts_and_enums(lines, value):
    """A text, a list or a number of somebody's telephone never gets into a field."""
    logs.event("turn.done", value=value)
    assert lines().rstrip().endswith(("value=⟨…⟩", "value=⟨phone⟩", "value=⟨email⟩"))


def test_an_event_named_by_a_sentence_is_refused():
    """Else the words would come in by the name."""
    with pytest.raises(ValueError, match="An event is named"):
        logs.event(TEXT)


def test_handlers_added_later_print_harmless_records(lines):
    """Rasa's command line and sanic put up handlers of their own after our start."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("rasa.core")
    logger.addHandler(handler)
    logger.warning("got %s", TEXT, exc_info=(ValueError, ValueError(TEXT), None))
    logger.removeHandler(handler)
    assert stream.getvalue().startswith("got ⟨…⟩")
    assert TEXT not in stream.getvalue()


def test_handlers_that_stood_there_are_gone(lines):
    """Django mails errors to admins by default: one way out, and it is ours."""
    logging.getLogger("django").addHandler(logging.StreamHandler(io.StringIO()))
    logs.configure({"level": logging.INFO})
    assert not logging.getLogger("django").handlers
    assert len(logging.root.handlers) == 1


def test_access_logs_are_off(lines):
    """Each of their lines is the address of a resident."""
    logging.getLogger("uvicorn.access").info('%s - "%s" %d', "203.0.113.9:1234", "GET /chat/", 200)
    logging.getLogger("sanic.access").info("")
    assert lines() == ""


def test_a_broken_record_never_stops_the_work(lines):
    """A wrong number of arguments is printed as a place, without the arguments."""
    logging.getLogger("bot.turns").info("one %s", TEXT, TEXT)
    assert TEXT not in lines()
    assert "test_logs.py" in lines()


def _rasa_sets_up_its_logging():
    import coloredlogs
    from rasa.utils.log_utils import configure_structlog

    coloredlogs.install(level="INFO")
    configure_structlog(logging.INFO)


@pytest.mark.parametrize("set_up", [lambda: None, _rasa_sets_up_its_logging])
def test_structlog_passes_through_before_and_after_rasa_sets_it_up(lines, monkeypatch, capsys, set_up):
    """Rasa 3.6 logs texts as fields of structured events, and configures that itself after our start."""
    import structlog

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(logs.threading, "excepthook", logs.threading.excepthook)
    logs.install("rasa")
    set_up()
    logger = structlog.get_logger("rasa.core.channels.rest")
    logger.warning("rest.slot.rejected", text=TEXT)
    try:
        _fail()
    except ValueError:
        logger.exception("rest.message.received.failure", text=TEXT)
    structlog.reset_defaults()
    out, printed = capsys.readouterr()
    assert TEXT not in out + printed
    for word in ("rest.slot.rejected", "rest.message.received.failure", "builtins.ValueError"):
        assert printed.count(word) == 1
