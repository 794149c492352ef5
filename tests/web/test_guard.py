"""What is refused before anything reads it, whoever asks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import HOST, Inline
from starlette.testclient import TestClient

from rigfit.web.app import create_app
from rigfit.web.bounds import DEEPEST, MOST_ITEMS, excess
from rigfit.web.desk import Desk
from rigfit.web.guard import Bounds
from rigfit.web.hosts import Names, is_loopback

BODY = {"gpus": ["none"], "ram": "8 GB"}


@pytest.fixture(scope="module")
def client(knowledge):
    bounds = Bounds(body=20_000, bodies={})
    return TestClient(create_app(Inline(Desk(knowledge)), bounds=bounds), base_url=HOST)


def refused(response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    return response.json()["error"]["message"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.7",
             "", "localhost:", "127.0.0.1:8765@evil.example", "user@localhost", "localhost/x", "[::1", "0.0.0.0"],
)  # fmt: skip
def test_a_foreign_name_is_refused(client, host) -> None:
    assert "not called" in refused(client.get("/v1/about", headers={"host": host}), 421)
    assert "not called" in refused(client.get("/", headers={"host": host}), 421)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8765", "[::1]:8765", "[::1]"])
def test_our_own_names_are_known(client, host) -> None:
    assert client.get("/v1/about", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8766"},
        {"origin": "http://localhost:8765"},
        {"origin": "file://"},
        {"origin": "http://127.0.0.1:8765.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_page_of_another_site_is_refused(client, headers) -> None:
    assert "another site" in refused(client.post("/v1/machine", json=BODY, headers=headers), 403)
    assert "another site" in refused(client.get("/v1/about", headers=headers), 403)


def test_our_own_page_may_ask(client) -> None:
    for headers in ({"origin": HOST}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {}):
        assert client.post("/v1/machine", json=BODY, headers=headers).status_code == 200
    # A link on another site may lead to the page.
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_nothing_says_that_other_sites_may_read(client) -> None:
    preflight = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    for response in (client.options("/v1/machine", headers=preflight), client.get("/v1/about"), client.get("/")):
        assert not [name for name in response.headers if name.startswith("access-control")]
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert "default-src 'self'" in response.headers["content-security-policy"]
    assert client.get("/v1/about").headers["cache-control"] == "no-store"


def test_an_exposed_server_answers_to_addresses_and_its_own_name() -> None:
    names = Names("0.0.0.0")
    assert names.known("192.168.1.7:8765")
    assert names.known("[fe80::1]:8765")
    assert names.known("localhost:8765")
    assert not names.known("evil.example")
    assert [is_loopback(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost", "0.0.0.0", "example.org")] == [
        True, True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(client, media) -> None:
    """A form of another site can send these without asking first."""
    response = client.post("/v1/machine", content=json.dumps(BODY), headers={"content-type": media})
    assert "must be JSON" in refused(response, 415)


def test_a_large_body_is_refused_whether_it_says_so_or_not(client) -> None:
    large = b" " * 20_001
    headers = {"content-type": "application/json"}
    assert "larger than" in refused(client.post("/v1/machine", content=large, headers=headers), 413)
    parts = (large[start : start + 1000] for start in range(0, len(large), 1000))
    assert "larger than" in refused(client.post("/v1/machine", content=parts, headers=headers), 413)
    assert client.post("/v1/machine", content=json.dumps(BODY).ljust(20_000), headers=headers).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"[" * 5000, b'{"a":' * 3000, b"[" * 100 + b"]" * 100, b'[{"x":[' * 40, b'"' + b'\\"' * 5000, b'["', b'["\\'],
    ids=["lists", "objects", "closed", "mixed", "quotes", "open text", "open escape"],
)
def test_deep_and_broken_bodies_are_refused_at_once(client, body) -> None:
    response = client.post("/v1/machine", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400, response.text
    assert response.json()["error"]["where"] == "body"


@pytest.mark.parametrize(
    "body",
    [b"NaN", b'{"ram": Infinity}', b'{"ram": "\\ud800"}', b'{"\\ud800": 1}', b'{"ram": 1e999}', b"\xff\xfe{}",
     b'{"ram": ' + b"9" * 10_000 + b"}", b'{"gpus": ["\\u0000"]}'],
)  # fmt: skip
def test_odd_values_are_the_clients_mistake(client, body) -> None:
    response = client.post("/v1/machine", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422), response.text
    assert response.json()["error"]["message"].isprintable()


def test_many_items_are_refused() -> None:
    assert excess(b"[" + b"1," * MOST_ITEMS + b"1]") is None
    assert "items" in (excess(b"[" + b"1," * (MOST_ITEMS + 1) + b"1]") or "")


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(value=NESTED, more=st.integers(0, 2 * DEEPEST))
def test_depth_is_what_the_parser_finds(value, more) -> None:
    """Brackets inside of texts do not count, whatever they are escaped with."""
    for _ in range(more):
        value = [value]
    text = json.dumps(value, ensure_ascii=more % 2 == 0).encode("utf-8", "surrogatepass")
    assert (excess(text) is None) == (depth(value) <= DEEPEST)


def depth(value) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


def test_the_page_is_served_and_kept(client) -> None:
    first = client.get("/")
    assert first.status_code == 200
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    again = client.get("/index.html", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/").status_code == 200


@pytest.mark.parametrize(
    "path", ["/../pages.py", "/%2e%2e/pages.py", "/..%2fpages.py", "/page/../../app.py", "//etc/passwd",
             "/.hidden.html", "/index.html/", "/pages.py", "/%00.html",
             "/a\\..\\index.html", "/" + "x/" * 500 + "y.html"],
)  # fmt: skip
def test_only_files_of_the_page_are_served(client, path) -> None:
    assert client.get(path).status_code == 404
