"""Who may talk to the desk: nobody without the link, no other site, no rebound name."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from desk_stage import NEEDS
from desk_stage import stage_fixture as stage_fixture
from tiny_assets import assets_fixture as assets_fixture

for module in NEEDS:
    pytest.importorskip(module)
from websockets.exceptions import InvalidStatus  # noqa: E402
from websockets.sync.client import connect  # noqa: E402


def status_of(stage, path, method="GET", **headers):
    """The status of a request with exactly these headers."""
    place = urlsplit(stage.link)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def test_nothing_is_there_without_the_token(stage):
    token = urlsplit(stage.link).path
    wrong = "/" + "x" * (len(token) - 2) + "/"
    for path in ("", "api/state", "desk.css", "api/openapi.json", "../", "%2e%2e/"):
        assert status_of(stage, "/" + path) == 403
        assert status_of(stage, wrong + path) == 403
    assert status_of(stage, token.upper() + "api/state") == 403
    assert status_of(stage, token + "api/state") == 200


OTHER_HOSTS = (
    *("evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}"),
    *("127.0.0.1", "127.0.0.1:1", "192.0.2.7:{port}", ""),
)


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_another_host_is_refused(stage, host):
    place = urlsplit(stage.link)
    host = host.format(port=place.port)
    assert status_of(stage, place.path + "api/state", Host=host) == 403


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}"])
def test_our_own_addresses_are_welcome(stage, host):
    place = urlsplit(stage.link)
    host = host.format(port=place.port)
    assert status_of(stage, place.path + "api/state", Host=host) == 200


def test_other_sites_are_refused_even_with_the_token(stage):
    path = urlsplit(stage.link).path
    api = path + "api/state"
    assert status_of(stage, api, Origin="https://evil.example") == 403
    assert status_of(stage, api, Origin="null") == 403
    assert status_of(stage, api, Sec_Fetch_Site="cross-site") == 403
    assert status_of(stage, api, Sec_Fetch_Site="same-site", Sec_Fetch_Mode="no-cors") == 403
    navigate = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert status_of(stage, path, **navigate) == 200, "a link in a mail may open the page"
    assert status_of(stage, path + "api/wish", "POST", **navigate) == 403


def test_sockets_are_guarded_the_same_way(stage):
    good = stage.link.replace("http", "ws", 1) + "api/live"
    place = urlsplit(stage.link)
    for link, origin in (
        (good, "https://evil.example"),
        (good.replace(place.path, "/"), None),
        (good.replace(place.path, "/nonsense/"), None),
    ):
        with pytest.raises(InvalidStatus) as refused, connect(link, origin=origin):
            pass
        assert refused.value.response.status_code == 403
    with connect(good, origin=f"http://{place.netloc}") as socket:
        assert '"kind": "state"' in socket.recv(timeout=30)


def test_every_answer_forbids_what_the_page_does_not_need(stage):
    place = urlsplit(stage.link)
    for path in (place.path, place.path + "api/state", "/"):
        connection = http.client.HTTPConnection(place.netloc, timeout=30)
        connection.request("GET", path)
        headers = connection.getresponse().headers
        connection.close()
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_the_link_is_for_its_user_only(stage, tmp_path_factory):
    files = [*tmp_path_factory.getbasetemp().rglob("desk-*")]
    assert {path.name.split("-")[1].split(".")[0] for path in files} >= {"token"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
