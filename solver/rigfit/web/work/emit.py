"""Files that make a bundle run, as an archive made in memory."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

from rigfit.errors import InputError
from rigfit.schema.api import EmitQuestion
from rigfit.schema.emitted import Emitted
from rigfit.schema.safe import path_problem
from rigfit.web.desk import Desk, Here
from rigfit.web.frames import Reply

ZIP = "application/zip"
_ALWAYS = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive: the same answer gives the same bytes."""


def emit(desk: Desk, asked: EmitQuestion, here: Here, form: Literal["zip", "json"]) -> Emitted | Reply:
    """The files of one bundle, of a request or of an answer that was made before."""
    from rigfit.emit import emit
    from rigfit.emit.writing import chosen_files

    answer = asked.answer
    if (answer is None) == (asked.request is None):
        raise InputError("give either a request or an answer")
    if answer is None:
        assert asked.request is not None
        machine = desk.asked(asked.request, here)
        request = asked.request.model_copy(update={"top": asked.bundle})
        answer = desk.session.solve(request, machine)
    if not answer.bundles:
        raise InputError(f"there is no bundle to make files of: {answer.explanation.summary}")
    found = chosen_files(emit(answer, desk.knowledge, bundle=asked.bundle), asked.only)
    if form == "json":
        return found
    name = f"rigfit-{re.sub('[^a-z0-9]', '', found.record)[:16]}-{found.bundle}.zip"
    return Reply(200, archive(found), ZIP, (("content-disposition", f'attachment; filename="{name}"'),))


def archive(emitted: Emitted) -> bytes:
    """The files as a ZIP archive, the same bytes every time.

    Raises:
        InputError: for a path that would leave the folder in which it is unpacked.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for one in emitted.files:
            if (problem := path_problem(one.path)) is not None:  # also of one that was built past its schema
                raise InputError(f"{one.path!r} is no path inside the archive: {problem}")
            entry = zipfile.ZipInfo(one.path, _ALWAYS)
            entry.create_system = 3  # so that what may be executed is marked on every system
            entry.external_attr = (0o100755 if one.executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, one.text.encode())
    return content.getvalue()
