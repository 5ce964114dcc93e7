"""The OpenVINO backend against ONNX's own reference evaluator, and its refusals."""

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

import tiny_network
from eyebrush import backends, resources
from eyebrush.backends import openvino
from eyebrush.backends.pool import BufferPool
from eyebrush.errors import BackendError, InputError
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture


def fill(session, seed=0, fresh=1.0):
    rng = np.random.default_rng(seed)
    for name in ("rgb", "code", "stats"):
        session.inputs[name][:] = rng.random(session.inputs[name].shape)
    session.inputs["fresh"][:] = fresh
    session.inputs["detail"][:] = 0.25
    session.inputs["tone_in"][:] = np.eye(3, 4) * 4 - [[0, 0, 0, 2]]
    session.inputs["tone_out"][:] = np.eye(3, 4) * 0.2 + [[0, 0, 0, 0.4]]


@pytest.fixture
def network(installed):
    return backends.load_field(installed / resources.FIELD_NETWORK, "openvino", precision="f32")


@pytest.mark.parametrize(
    ("eyes", "h", "w", "fresh"), [(1, 16, 18, 1.0), (2, 24, 16, 0.1), (2, 16, 16, 0.0)]
)
def test_f32_equals_the_onnx_reference(installed, network, eyes, h, w, fresh):
    session = network.session(eyes, h, w)
    fill(session, fresh=fresh)
    buffers = session.new_buffers()
    session.run(buffers)
    model = onnx.load(installed / resources.FIELD_NETWORK)
    grid, strokes, stats = ReferenceEvaluator(model).run(
        ["grid", "strokes", "stats_out"], session.inputs
    )
    # float32 sums in another order
    np.testing.assert_allclose(buffers.grid, grid, atol=2e-5)
    np.testing.assert_allclose(buffers.stats_out, stats, atol=2e-5)
    # the same before rounding to 0..255, so at most one step apart
    assert np.abs(buffers.strokes.astype(int) - strokes.astype(int)).max() <= 1
    assert buffers.strokes.shape == (eyes, 2 * h, 2 * w, 4)


def test_fresh_0_keeps_the_running_statistics(network):
    session = network.session(1, 16, 16)
    fill(session, fresh=0.0)
    buffers = session.new_buffers()
    session.run(buffers)
    np.testing.assert_array_equal(buffers.stats_out, session.inputs["stats"])


def test_kept_statistics_are_not_read(installed):
    """The other form of a network has the same inputs, and no mean over all pixels."""
    model = openvino.read_network(
        resources.asset(resources.FIELD_NETWORK), openvino.INPUTS, openvino.OUTPUTS
    )
    other = openvino.without_statistics(model)

    def means(of):
        return sum(op.get_type_name() == "ReduceMean" for op in of.get_ordered_ops())

    assert means(model) > 0
    assert means(other) == 0
    assert len(other.inputs) == len(model.inputs)
    assert {n for port in other.outputs for n in port.names} == {"grid", "strokes"}


def test_a_session_is_compiled_once_for_a_size_and_old_sizes_go(network):
    first = network.session(1, 16, 16)
    assert network.session(1, 16, 16) is first
    for extra in range(4):
        network.session(1, 16, 18 + 2 * extra)
    assert network.session(1, 16, 16) is not first


def test_describe_tells_what_runs(network):
    network.session(1, 16, 16)
    info = network.describe()
    assert (info.backend, info.device, info.precision) == ("openvino", "CPU", "f32")
    assert info.threads >= 1
    assert info.version
    assert network.info == backends.NetworkInfo(
        tiny_network.NETWORK_ID, 4, tiny_network.CODE, tiny_network.STATS
    )


def test_threads_are_obeyed(installed):
    network = backends.load_field(installed / resources.FIELD_NETWORK, threads=1)
    network.session(1, 16, 16)
    assert network.describe().threads == 1


def test_buffers_are_used_again_only_when_nobody_holds_them(network):
    pool = BufferPool(network.session(1, 16, 16))
    held = pool.take().strokes[0, :4]  # a slice counts as holding
    other = pool.take()
    assert not np.shares_memory(held, other.strokes)
    address = other.strokes.ctypes.data
    del other
    assert pool.take().strokes.ctypes.data == address
    del held
    assert len({id(pool.take()) for _ in range(5)}) == 1


def test_encoder_gives_a_code(installed):
    encoder = backends.load_encoder(installed / resources.STYLE_ENCODER)
    painting = np.random.default_rng(0).random((1, 3, 40, 56), np.float32)
    model = onnx.load(installed / resources.STYLE_ENCODER)
    (wanted,) = ReferenceEvaluator(model).run(["code"], {"painting": painting})
    np.testing.assert_allclose(encoder.encode(painting), wanted, atol=1e-4)
    assert encoder.network_id == tiny_network.NETWORK_ID


def test_unknown_and_uninstalled_backends_say_what_to_do(monkeypatch):
    with pytest.raises(BackendError, match=r"wanted auto or one of: .*openvino.*fix"):
        backends.resolve("cuda")
    monkeypatch.setattr(
        backends, "BACKENDS", {"openvino": ("no_such_module", "pip install openvino")}
    )
    with pytest.raises(BackendError, match=r"not installed; fix: pip install openvino"):
        backends.resolve("openvino")
    with pytest.raises(BackendError, match=r"no backend is installed.*fix"):
        backends.resolve("auto")


def test_impossible_settings_are_refused(installed):
    path = installed / resources.FIELD_NETWORK
    with pytest.raises(InputError, match="precision 'int3'"):
        backends.load_field(path, precision="int3")
    with pytest.raises(InputError, match="threads=0"):
        backends.load_field(path, threads=0)


def test_precision_that_the_cpu_lacks_is_refused(installed, monkeypatch):
    from eyebrush.backends import openvino

    class NoBf16:
        def get_property(self, *_):
            return ["FP32"]

    monkeypatch.setattr(openvino, "core", NoBf16)
    assert openvino.precision_for("auto") == "f32"
    with pytest.raises(BackendError, match="'bf16', which this CPU does not compute"):
        openvino.precision_for("bf16")


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "truncated"])
def test_damaged_networks_are_one_line(installed, tmp_path, damage):
    path = tmp_path / "field.onnx"
    whole = (installed / resources.FIELD_NETWORK).read_bytes()
    contents = {"empty": b"", "text": b"not a network", "truncated": whole[: len(whole) // 2]}
    if damage != "missing":
        path.write_bytes(contents[damage])
    with pytest.raises(InputError) as caught:
        backends.load_field(path)
    assert "field.onnx" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_network_of_another_kind_is_refused(installed):
    with pytest.raises(InputError, match="without rgb, stats"):
        backends.load_field(installed / resources.STYLE_ENCODER)


@pytest.mark.parametrize(
    ("key", "value"),
    [("eyebrush.network", None), ("eyebrush.down", "four"), ("eyebrush.code", "0")],
)
def test_metadata_is_required_and_checked(installed, tmp_path, key, value):
    model = onnx.load(installed / resources.FIELD_NETWORK)
    metadata = {p.key: p.value for p in model.metadata_props if p.key != key}
    if value is not None:
        metadata[key] = value
    onnx.helper.set_model_props(model, metadata)
    onnx.save(model, tmp_path / "field.onnx")
    with pytest.raises(InputError, match=key):
        backends.load_field(tmp_path / "field.onnx")
