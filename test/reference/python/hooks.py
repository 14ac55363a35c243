"""What makes a request valid beyond what JSON Schema can say. Requests that are meant to be wrong stay as they are."""

import time
from datetime import datetime
import uuid

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

DAY_MS = 86_400_000

# A day, or a time with an offset.
schemathesis.openapi.format(
    "iso-8601", st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2030, 1, 1)).map(lambda at: at.isoformat(timespec="seconds") + "Z")
)


# Nothing listens there: nothing may be sent to hosts that were made up.
RECEIVER = "http://127.0.0.1:9/hook"


@schemathesis.hook
def before_call(context, case, kwargs):
    is_right = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    if isinstance(case.body, dict) and "http" in str(case.body.get("url", "")).lower():
        url = str(case.body["url"])
        is_url = is_right or (url.startswith(("http://", "https://")) and len(url) <= 2048)
        case.body["url"] = RECEIVER if is_url else "nowhere"
    if not is_right:
        return
    # A key that was used with another body is refused, as it should be.
    for name in list(case.headers or {}):
        if name.lower() == "idempotency-key":
            case.headers[name] = uuid.uuid4().hex
    query = case.query or {}
    # The server's own token, of a list with the same sort.
    query.pop("nextPageToken", None)
    # Patterns are RE2; that a wrong one is refused has its own tests (test/api/rooms.test.ts).
    for name in ("roomName", "name"):
        if query.get(f"{name}MatchMode") == "regex":
            query.pop(name, None)
    if isinstance(case.body, dict):
        repair(case.body)


def repair(body):
    # An e-mail registers once, and what is an e-mail is told apart more strictly than RFC 5321 does.
    for name in ("user_email", "email"):
        if name in body:
            body[name] = f"{uuid.uuid4().hex}@example.com"
    if "attendees" in body:
        body["attendees"] = ["ada@example.com"]
    if "timeZone" in body:
        body["timeZone"] = "Europe/Berlin"
    if "logo" in str(body.get("branding", "")) or "accent" in str(body.get("branding", "")):
        body["branding"] = {"accent": "#2b65e3"}
    # A meeting that recurs keeps its start.
    if body.get("start", "") is None:
        body["start"] = "2030-03-20T09:00:00Z"
    # iCalendar's own small language (RFC 5545), which needs a start.
    if "recurrence" in body:
        body["recurrence"] = "FREQ=WEEKLY;COUNT=3"
        body["start"] = "2030-03-20T09:00:00Z"
    # Or each of thousands of changes would be delivered to hundreds of receivers.
    if body.get("url") == RECEIVER:
        body["events"] = ["recordingEnded"]
    if "redirectUris" in body:
        body["redirectUris"] = ["https://planner.example.com/callback"]
    if "autoDeletionDate" in body:
        body["autoDeletionDate"] = int(time.time() * 1000) + DAY_MS
    if isinstance(body.get("allowedIps"), list):
        body["allowedIps"] = ["192.0.2.0/24", "2001:db8::/32"][: len(body["allowedIps"])]
    # Old and new names of a permission may not contradict each other.
    for permissions in permission_sets(body):
        for name in [name for name in permissions if name.startswith("can")]:
            del permissions[name]


def permission_sets(value, name=""):
    if isinstance(value, dict):
        if name in ("permissions", "customPermissions"):
            yield value
        for key, inner in value.items():
            yield from permission_sets(inner, key)
