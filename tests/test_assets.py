"""``eyebrush assets restyle`` on real glTF files, with a tiny network: what changes, and what
must not."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from eyebrush.cli import main
from gltf_models import File, Mesh, box, image_of, plasma, png, read_glb, sphere, write_glb
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

pytestmark = pytest.mark.usefixtures("installed")
SIZE = 64


@pytest.fixture
def models():
    """Skips without pygltflib: what needs it is an extra."""
    return pytest.importorskip("pygltflib", reason="models need pip install 'eyebrush[assets]'")


def restyle(capsys, source, *options, style="beta"):
    """main() in this process: (exit code, the JSON it printed or None, stderr)."""
    line = ["assets", "restyle", source, "--json", "-q"]
    line += ["--style", style] if style else []
    code = main([str(a) for a in [*line, *options]])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def khronos_schema_holds(path):
    """Against Khronos' own JSON schema of glTF 2.0, which trimesh holds."""
    reason = "the schema of glTF needs trimesh and jsonschema (extra: dev)"
    pytest.importorskip("jsonschema", reason=reason)
    gltf = pytest.importorskip("trimesh.exchange.gltf", reason=reason)
    text = path.read_text("utf-8") if path.suffix == ".gltf" else json.dumps(read_glb(path)[0])
    gltf.validate(json.loads(text))


class TestTexture:
    def test_a_texture_that_repeats_is_painted_so(self, capsys, tmp_path):
        source = tmp_path / "wall.png"
        source.write_bytes(png(plasma(64, 128, 3)))
        before = source.read_bytes()
        code, done, err = restyle(capsys, source)
        assert code == 0, err
        assert done["outputs"] == [str(tmp_path / "wall-beta.png")]
        painted = pixels((tmp_path / "wall-beta.png").read_bytes())
        assert painted.shape == (64, 128, 3)
        assert np.abs(painted - pixels(before).astype(int)).mean() > 5
        for axis in "uv":
            step = done["textures"][0][f"border_step_{axis}"]
            assert step["restyled"] < 1.6 * step["inside"] + 1, step
        assert source.read_bytes() == before

    @pytest.mark.parametrize("kind", ["PNG", "WEBP"])
    def test_alpha_is_kept_to_the_bit_and_hidden_colours_are_not_seen(self, capsys, tmp_path, kind):
        color = np.dstack([plasma(64, 64, 1), np.zeros((64, 64), np.uint8)])
        color[8:56, 8:56, 3] = np.random.default_rng(0).integers(1, 256, (48, 48))
        outputs = []
        for hidden in (0, 255):
            color[color[..., 3] == 0, :3] = hidden
            options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
            source = tmp_path / f"leaf{hidden}.{kind.lower()}"
            source.write_bytes(png(color, kind, **options))
            code, done, err = restyle(capsys, source)
            assert code == 0, err
            outputs.append(pixels((tmp_path / done["outputs"][0]).read_bytes()))
        np.testing.assert_array_equal(outputs[0][..., 3], color[..., 3])
        np.testing.assert_array_equal(outputs[0], outputs[1])

    def test_jpeg_stays_jpeg(self, capsys, tmp_path):
        (tmp_path / "a.jpg").write_bytes(png(plasma(40, 56), "JPEG"))
        code, done, err = restyle(capsys, tmp_path / "a.jpg", "-o", tmp_path / "b.jpg")
        assert code == 0, err
        with Image.open(tmp_path / "b.jpg") as image:
            assert (image.format, image.size) == ("JPEG", (56, 40))
        assert done["textures"][0]["size"] == [56, 40]


@pytest.mark.usefixtures("models")
class TestModel:
    def test_only_base_colours_change(self, capsys, tmp_path):
        """Two materials share a picture; a normal map, and a picture that is both, stay."""
        color, normal, both = (plasma(SIZE, SIZE, k) for k in range(3))
        ball, crate = sphere(8, 6), box()
        crate.material, last = 1, sphere(6, 4)
        last.material = 2
        file = File(
            [ball, crate, last],
            [png(color), png(normal), png(both)],
            base=[0, 0, 2],
            normal=[1, None, 2],
        )
        source = file.glb(tmp_path / "hero.glb")
        before = source.read_bytes()
        code, done, err = restyle(capsys, source)
        assert code == 0, err
        out = tmp_path / "hero-beta.glb"
        assert source.read_bytes() == before
        assert [f["texture"] for f in done["textures"]] == ["picture-0", "picture-2"]
        khronos_schema_holds(out)
        assert pixels(image_of(out, 0)).shape == (SIZE, SIZE, 3)
        assert np.abs(pixels(image_of(out, 0)) - color.astype(int)).mean() > 5
        for index, data in ((1, png(normal)), (2, png(both))):
            assert image_of(out, index) == data
        old, new = read_glb(source)[0], read_glb(out)[0]
        materials = new["materials"]
        assert materials[2]["normalTexture"]["index"] == 2
        texture = new["textures"][materials[2]["pbrMetallicRoughness"]["baseColorTexture"]["index"]]
        assert texture["source"] == 3
        assert np.abs(pixels(image_of(out, 3)) - both.astype(int)).mean() > 5
        assert len(new["images"]) == 4
        assert new["asset"]["extras"] == old["asset"]["extras"]
        assert len(new["accessors"]) == len(old["accessors"])

    @pytest.mark.parametrize("pictures", ["files", "data"])
    def test_gltf_with_its_files_in_a_folder_of_its_own(self, capsys, tmp_path, pictures):
        file = File([box()], [png(plasma(SIZE, SIZE)), png(plasma(8, 8))], [0], [1])
        source = file.gltf(tmp_path / "in" / "crate.gltf", pictures)
        before = {p: p.read_bytes() for p in (tmp_path / "in").rglob("*") if p.is_file()}
        out = tmp_path / "out" / "crate.gltf"
        code, _, err = restyle(capsys, source, "-o", out)
        assert code == 0, err
        assert {p: p.read_bytes() for p in before} == before
        khronos_schema_holds(out)
        trimesh = pytest.importorskip("trimesh", reason="reads models independently (extra: dev)")
        scene = trimesh.load(out)
        (mesh,) = scene.geometry.values()
        assert len(mesh.faces) == 12
        painted = np.asarray(mesh.visual.material.baseColorTexture.convert("RGB"), int)
        assert np.abs(painted - plasma(SIZE, SIZE)).mean() > 5
        np.testing.assert_array_equal(mesh.visual.material.normalTexture, plasma(8, 8))

    def test_beside_its_files_nothing_is_written_over(self, capsys, tmp_path):
        source = File([box()], [png(plasma(SIZE, SIZE))]).gltf(tmp_path / "crate.gltf", gap=" ")
        code, done, err = restyle(capsys, source)
        assert code == 0, err
        names = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
        new = {"crate-beta.gltf", "textures/crate-beta-picture 0.png"}
        assert new <= names
        assert {str(tmp_path / n) for n in new} == set(done["outputs"])

    def test_seams_show_no_more_than_before(self, capsys, tmp_path):
        """A box painted with one colour per place: seams that are there, but never were seen."""
        size = 128
        source = File([box()], [png(np.full((size, size, 3), (90, 120, 40), np.uint8))])
        code, done, err = restyle(capsys, source.glb(tmp_path / "box.glb"))
        assert code == 0, err
        step = done["textures"][0]["seam_step"]
        assert step["plain"] == 0
        assert step["unmended"] > 3
        assert step["restyled"] < 1.0  # of 255; 8-bit rounding alone gives half of one

    def test_seams_between_two_textures_are_mended(self, capsys, tmp_path):
        """A box, half of its faces on a texture of their own: the plain colours agree."""
        mesh, colour = box(), (90, 120, 40)
        halves = [
            Mesh(mesh.position, mesh.uv, t, k) for k, t in enumerate(np.split(mesh.triangles, 2))
        ]
        images = [png(np.full((n, n, 3), colour, np.uint8)) for n in (128, 64)]
        source = File(halves, images, [0, 1]).glb(tmp_path / "two.glb")
        code, done, err = restyle(capsys, source)
        assert code == 0, err
        for figures in done["textures"]:
            step = figures["seam_step"]
            assert step["plain"] == 0
            assert step["unmended"] > 3
            assert step["restyled"] < 1.0, step

    def test_webp_by_its_extension(self, capsys, tmp_path):
        color = np.dstack([plasma(SIZE, SIZE), plasma(SIZE, SIZE, 9)[..., 0]])
        file = File([box()], [png(color, "WEBP", lossless=True, exact=True)])
        doc, blob = file.parts()
        doc["images"][0]["mimeType"] = "image/webp"
        doc["textures"][0] = {"extensions": {"EXT_texture_webp": {"source": 0}}}
        doc["extensionsUsed"] = ["EXT_texture_webp"]
        code, _, err = restyle(capsys, write_glb(tmp_path / "w.glb", doc, blob))
        assert code == 0, err
        with Image.open(io.BytesIO(image_of(tmp_path / "w-beta.glb", 0))) as image:
            assert image.format == "WEBP"
            np.testing.assert_array_equal(np.asarray(image)[..., 3], color[..., 3])
        assert read_glb(tmp_path / "w-beta.glb")[0]["textures"] == doc["textures"]

    def test_texture_transform_moves_the_islands(self, capsys, tmp_path):
        """All of the box is in the left half: the right half is a gutter, and never seen."""
        moved = {"offset": [0.0, 0.0], "scale": [0.5, 1.0]}
        outputs = []
        for right in (0, 255):
            color = plasma(SIZE, SIZE)
            color[:, SIZE // 2 :] = right
            file = File([box()], [png(color)], transform=moved)
            code, _, err = restyle(capsys, file.glb(tmp_path / f"{right}.glb"))
            assert code == 0, err
            outputs.append(image_of(tmp_path / f"{right}-beta.glb", 0))
        assert outputs[0] == outputs[1]

    def test_masked_alpha_is_kept(self, capsys, tmp_path):
        color = np.dstack([plasma(SIZE, SIZE), plasma(SIZE, SIZE, 9)[..., 0]])
        source = File([box()], [png(color)], alpha="MASK").glb(tmp_path / "a.glb")
        assert restyle(capsys, source)[0] == 0
        np.testing.assert_array_equal(
            pixels(image_of(tmp_path / "a-beta.glb", 0))[..., 3], color[..., 3]
        )

    def test_a_skin_from_a_photo(self, capsys, tmp_path):
        (tmp_path / "me.jpg").write_bytes(png(plasma(96, 96, 8), "JPEG"))
        source = File([sphere(8, 6)], [png(plasma(SIZE, SIZE))]).glb(tmp_path / "a.glb")
        code, done, err = restyle(capsys, source, "--painting", tmp_path / "me.jpg", style="")
        assert code == 0, err
        assert done["style"] == "me"
        assert (tmp_path / "a-me.glb").exists()


def test_without_the_extra_models_say_what_to_install(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pygltflib", None)
    source = File([box()], [png(plasma(8, 8))]).glb(tmp_path / "a.glb")
    code, _, err = restyle(capsys, source)
    assert code == 3
    assert "pip install 'eyebrush[assets]'" in err


def damaged(tmp_path, what):
    """(path of a model with one thing wrong, what the message has to speak of)."""
    file = File([box()], [png(plasma(16, 16))])
    path = tmp_path / "bad.glb"
    if what == "no glTF":
        path.write_bytes(b"hello")
        return path, "no glTF"
    if what == "cut off":
        path.write_bytes(file.glb(path).read_bytes()[:-100])
        return path, "damaged .glb"
    if what == "glTF 1":
        data = bytearray(file.glb(path).read_bytes())
        data[4] = 1
        path.write_bytes(data)
        return path, "version 1"
    if what == "missing picture":
        path = file.gltf(tmp_path / "bad.gltf")
        (tmp_path / "textures" / "picture-0.png").unlink()
        return path, "textures/picture-0.png"
    if what == "missing buffer":
        path = file.gltf(tmp_path / "bad.gltf")
        path.with_suffix(".bin").unlink()
        return path, "bad.bin"
    if what == "outside":
        doc, blob = file.parts()
        doc["images"][0] = {"uri": "../../secret.png"}
        return write_glb(path, doc, blob), "outside of the model's folder"
    if what == "no base colour":
        return File([box()], [png(plasma(8, 8))], [None], [0]).glb(path), "without a base-colour"
    if what == "zero UVs":
        mesh = box()
        mesh.uv = mesh.uv * 0
        return File([mesh], [png(plasma(8, 8))]).glb(path), "all one point"
    doc, blob = file.parts()
    if what == "no UVs":
        del doc["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]
    elif what == "view beyond its buffer":
        doc["bufferViews"][1]["byteOffset"] = 10**9
    elif what == "accessor beyond its view":
        doc["accessors"][1]["count"] = 10**6
    elif what == "index beyond the vertices":
        doc["accessors"][0]["count"] = 2
    elif what == "texture that is not there":
        doc["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]["index"] = 7
    elif what == "a property the library does not know":
        doc["nodes"][0]["invented"] = {"by": "somebody"}
        return write_glb(path, doc, blob), "nodes[0].invented would be lost"
    elif what == "no picture in it":
        view = doc["bufferViews"][doc["images"][0]["bufferView"]]
        blob = blob.replace(blob[view["byteOffset"] :][:16], b"\0" * 16)
        return write_glb(path, doc, blob), "no known picture format"
    else:
        doc["extensionsUsed"] = [what]
        return write_glb(path, doc, blob), what
    return write_glb(path, doc, blob), "bad.glb"


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(
    "what",
    [
        *("no glTF", "cut off", "glTF 1", "missing picture", "missing buffer", "outside"),
        *("no base colour", "zero UVs", "no UVs", "view beyond its buffer", "no picture in it"),
        *("accessor beyond its view", "index beyond the vertices", "texture that is not there"),
        *("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_texture_basisu"),
        "a property the library does not know",
    ],
)
def test_bad_models_are_one_clear_line_and_nothing_is_left(capsys, tmp_path, what):
    source, named = damaged(tmp_path, what)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    code, done, err = restyle(capsys, source)
    assert code == 2, err
    assert done is None
    assert err.count("\n") == 1
    assert all(f"{word} " in err for word in ("got", "wanted", "fix:"))
    assert named in err
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("make", "options", "named"),
    [
        (lambda p: None, [], "No such file"),
        (lambda p: p.write_bytes(b""), [], "an empty file"),
        (lambda p: p.write_bytes(png(plasma(8, 8), "GIF")), [], "format GIF"),
        (lambda p: p.write_bytes(png(plasma(8, 8))), ["-o", "{}"], "never touched"),
        (lambda p: p.write_bytes(png(plasma(8, 8))), ["-o", "{}.jpg"], "ending in .png"),
        (lambda p: p.write_bytes(png(np.zeros((8001, 8001), np.uint8))), [], "64 megapixels"),
    ],
)
def test_bad_textures_are_one_clear_line(capsys, tmp_path, make, options, named):
    source = tmp_path / "a.png"
    make(source)
    code, _, err = restyle(capsys, source, *[o.format(source) for o in options])
    assert code == 2, err
    assert named in err
    assert err.count("\n") == 1


@st.composite
def broken_documents(draw):
    """The JSON of a sound model with one value in it changed, or one left out."""
    doc, blob = File([box()], [png(plasma(16, 16))], transform={"scale": [0.5, 1.0]}).parts()
    spots = list(places(doc))
    holder, key = draw(st.sampled_from(spots))
    if isinstance(holder, dict) and draw(st.booleans()):
        del holder[key]
    else:
        wrong = [None, -1, 10**12, 0.5, "x", [], {}, [[]], True, 1e300]
        holder[key] = draw(st.sampled_from(wrong))
    return doc, blob


def places(value):
    """(container, key) of everything in a JSON document."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


@pytest.mark.usefixtures("models")
@settings(max_examples=60)
@given(broken_documents())
def test_whatever_is_wrong_in_a_model_is_said(capsys, tmp_path, broken):
    """Restyled, or refused in words; nothing unforeseen, and nothing half-written."""
    source, out = write_glb(tmp_path / "a.glb", *broken), tmp_path / "out.glb"
    code, _, err = restyle(capsys, source, "-o", out)
    assert code in (0, 2), err
    assert out.exists() is (code == 0)
    assert "unforeseen" not in err
    out.unlink(missing_ok=True)
