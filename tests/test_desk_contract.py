"""The desk's API against the schema that it publishes, by schemathesis."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from desk_stage import NEEDS
from desk_stage import stage_fixture as stage_fixture
from eyebrush.desk import schema
from tiny_assets import assets_fixture as assets_fixture

for module in (*NEEDS, "schemathesis"):
    pytest.importorskip(module)
import schemathesis  # noqa: E402
from schemathesis import checks  # noqa: E402

METHODS = ("get", "post", "put", "delete")
OPERATIONS = [
    (path, method)
    for path, item in schema.load("openapi.json")["paths"].items()
    for method in METHODS
    if method in item
]
# Whether a wish is granted depends on the styles that there are: test_desk_api.py.
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_as_published(stage, path, method):
    """Whatever is sent, good or bad: no server error, and only statuses, types and bodies that the
    published schema names."""
    published = schemathesis.openapi.from_dict(stage.get("api/openapi.json"))
    published.config.update(base_url=stage.link.rstrip("/"))
    operation = published[path][method]
    good = operation.as_strategy()
    bad = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)

    @given(good | bad)
    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    def check(case):
        case.call_and_validate(checks=CHECKS, timeout=60)

    check()
