"""The application: routes, the page, and one shape for everything that goes wrong."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic.warnings import UnsupportedFieldAttributeWarning
from starlette.exceptions import HTTPException

from rigfit.schema.described import describe
from rigfit.version import VERSION
from rigfit.web import pages
from rigfit.web.failures import failure
from rigfit.web.guard import Bounds, Guard
from rigfit.web.hosts import Names
from rigfit.web.routes import catalog, check, cost, emit, estimate, flow, machine, schema, solve, upgrade, whatif, why
from rigfit.web.routes.common import Answers, Refused, Service, sent

_ROUTES: tuple[APIRouter, ...] = (
    machine.router, catalog.router, solve.router, why.router, whatif.router, upgrade.router, cost.router,
    estimate.router, flow.router, emit.router, check.router, schema.router,
)  # fmt: skip
_ABOUT = """Which local generative-AI models really run on a machine, which set of them is best, and why.

Bodies and answers are those of the command line's `--json`. An amount of memory is bytes, or a text with a unit
("12 GB"). Whatever is no success has the body `{"error": {"message", "where", "nearest"}}`."""


def create_app(pool: Answers, host: str = "127.0.0.1", bounds: Bounds | None = None) -> FastAPI:
    """The application.

    Args:
        pool: who answers.
        host: the name or address that it listens on.
        bounds: what a request may be and take.
    """
    app = _with_routes()
    app.state.service = Service(pool)
    app.router.default = pages.page
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(HTTPException, _no_success)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Exception, _fault)
    app.add_middleware(Guard, names=Names(host), bounds=bounds or Bounds())
    return app


def described() -> dict[str, Any]:
    """The OpenAPI document, every field described where its class describes it."""
    app = _with_routes()
    document: dict[str, Any] = app.openapi()
    describe(document["components"]["schemas"])
    return document


def _with_routes() -> FastAPI:
    # Our schemas are built on first use, which is after FastAPI has stopped to ignore this about its own way of naming.
    warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)
    app = FastAPI(
        title="rigfit",
        version=VERSION,
        description=_ABOUT,
        openapi_url=None,  # a worker makes it: `routes.schema`
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        # One schema for a document, going in or coming out: the one that `rigfit schema` prints.
        separate_input_output_schemas=False,
        redirect_slashes=False,
    )
    for router in _ROUTES:
        app.include_router(router, prefix="/v1")
    return app


async def _misunderstood(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    first: Mapping[str, Any] = problem.errors()[0]
    place: Sequence[Any] = first["loc"]
    if first["type"] == "json_invalid":
        return sent(failure(400, f"this is no JSON: {first['ctx']['error']}", "body"))
    message = str(first["msg"]).removeprefix("Value error, ")
    more = len(problem.errors()) - 1
    return sent(failure(422, message + (f" (and {more} more)" if more else ""), ".".join(str(step) for step in place)))


async def _no_success(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    said = {404: f"there is nothing at {request.url.path}", 405: f"{request.method} is not for {request.url.path}"}
    response = sent(failure(problem.status_code, said.get(problem.status_code, str(problem.detail))))
    response.headers.update(problem.headers or {})
    return response


async def _refused(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refused)
    return sent(problem.reply)


async def _fault(_: Request, problem: Exception) -> Response:
    return sent(failure(500, f"a fault of rigfit: {type(problem).__name__}"))
