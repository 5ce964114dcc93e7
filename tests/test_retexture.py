"""Textures on models: coverage, gutters, seams and how they are measured, without any network."""

from __future__ import annotations

import numpy as np
import pytest

from eyebrush.retexture import measure
from eyebrush.retexture.gutters import fill_gutters
from eyebrush.retexture.layout import Surface, find_seams, grow, island_map
from eyebrush.retexture.raster import texels
from eyebrush.retexture.seams import equalise, look, sample_seams
from gltf_models import box, plasma, sphere


def surface_of(mesh, size, wrap=("clamp", "clamp")):
    """As model.py makes it: vertices at one place are one point."""
    _, place = np.unique(mesh.position.round(6), axis=0, return_inverse=True)
    return Surface(mesh.uv[mesh.triangles], place.ravel()[mesh.triangles], wrap, size)


def test_texels_are_those_whose_centre_is_inside():
    """Against the definition, for triangles of all sizes, also a sliver and a flat one."""
    rng = np.random.default_rng(2)
    corners = rng.random((60, 3, 2)) * rng.integers(1, 70, (60, 1, 1)) - 5
    corners[0] = [[1, 1], [9, 1], [5, 1]]
    corners[1] = [[0, 0], [50, 0.2], [25, 0.1]]
    found = {k: set() for k in range(60)}
    for which, x, y, bary in texels(corners):
        np.testing.assert_allclose(bary.sum(axis=1), 1)
        spot = np.einsum("kc,kcd->kd", bary, corners[which])
        np.testing.assert_allclose(spot, np.column_stack([x, y]) + 0.5, atol=1e-6)
        for k, i, j in zip(which, x, y, strict=True):
            found[int(k)].add((int(i), int(j)))
    ys, xs = np.mgrid[-6:70, -6:70]
    for k, (a, b, c) in enumerate(corners):
        sides = [
            (q[0] - p[0]) * (ys + 0.5 - p[1]) - (q[1] - p[1]) * (xs + 0.5 - p[0])
            for p, q in ((a, b), (b, c), (c, a))
        ]
        inside = (np.min(sides, axis=0) > 0) | (np.max(sides, axis=0) < 0)
        assert found[k] == set(zip(xs[inside].tolist(), ys[inside].tolist(), strict=True)), k


class TestGutters:
    def test_islands_stay_and_gutters_take_their_colours(self):
        color = np.full((64, 64, 3), 7.0, np.float32)
        covered = np.zeros((64, 64), bool)
        covered[8:24, 8:24], covered[40:56, 30:60] = True, True
        color[8:24, 8:24], color[40:56, 30:60] = (200, 0, 0), (0, 0, 200)
        filled = fill_gutters(color, covered)
        np.testing.assert_array_equal(filled[covered], color[covered])
        np.testing.assert_allclose(filled[4:8, 8:24], np.broadcast_to([200.0, 0, 0], (4, 16, 3)))
        assert filled[..., 1].max() < 1e-3  # nothing of the 7s that lay in the gutters

    def test_a_border_that_repeats_is_reached_round_it(self):
        color = np.zeros((16, 32, 3), np.float32)
        covered = np.zeros((16, 32), bool)
        covered[:, 20:32], color[:, 20:32] = True, 90
        covered[:, 10:12], color[:, 10:12] = True, 10
        near = fill_gutters(color, covered, (True, False))[:, 0]
        far = fill_gutters(color, covered, (False, False))[:, 0]
        np.testing.assert_allclose(near, 90)
        assert far.max() < 60

    @pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 3), (33, 20)])
    def test_any_size(self, shape):
        covered = np.zeros(shape, bool)
        covered[0, 0] = True
        filled = fill_gutters(np.full((*shape, 3), 50, np.float32), covered)
        np.testing.assert_allclose(filled, 50, rtol=1e-5)

    def test_foreign_gutters_bleed_into_mips_and_filled_ones_do_not(self):
        mesh = surface_of(box(), (256, 256))
        covered = island_map(mesh) >= 0
        color = plasma(256, 256).astype(np.float32)
        color[~covered] = (255, 0, 255)
        assert measure.mip_bleed(color, covered) > 25
        assert measure.mip_bleed(fill_gutters(color, covered), covered) < 3


class TestLayout:
    def test_a_box_has_six_islands_and_a_seam_at_each_edge(self):
        mesh = surface_of(box(), (96, 64))
        assert len(set(mesh.island)) == 6
        seams = find_seams([mesh])
        assert seams.uv.shape[1] == 12  # a cube's edges; the faces' diagonals are no seams
        covered = island_map(mesh) >= 0
        faces = 6 * (1 / 3 - 1 / 16) * (1 / 2 - 1 / 16)
        assert covered.mean() == pytest.approx(faces, abs=0.02)

    def test_a_sphere_that_repeats_has_no_seam_but_goes_round(self):
        flat = find_seams([surface_of(sphere(), (64, 32))])
        round_ = find_seams([surface_of(sphere(), (64, 32), ("repeat", "repeat"))])
        assert flat.round == [(False, False)]
        assert round_.round == [(True, False)]
        # at the poles a whole row of the texture is one point: every meridian ends in a seam there
        assert round_.uv.shape[1] == 2 * 24
        assert flat.uv.shape[1] == 2 * 24 + 12 - 2  # and the meridian at u = 0 between them

    def test_textures_that_meet_are_one_seam(self):
        """A square of two triangles, each with a texture of its own."""
        uv = np.array([[[0, 0], [1, 0], [0, 1]]], float)
        first = Surface(uv, np.array([[0, 1, 2]]), ("clamp", "clamp"), (16, 16))
        second = Surface(uv * 0.5, np.array([[3, 2, 1]]), ("clamp", "clamp"), (64, 64))
        seams = find_seams([first, second])
        np.testing.assert_array_equal(seams.texture, [[0], [1]])
        np.testing.assert_array_equal(seams.uv[:, 0], [[[1, 0], [0, 1]], [[0, 0.5], [0.5, 0]]])

    def test_a_triangle_over_many_tiles_and_a_point_cover_what_they_show(self):
        uv = np.array([[[0, 0], [9, 0], [0, 9]]], float)
        wide = Surface(uv, np.array([[0, 1, 2]]), ("repeat", "repeat"), (8, 8))
        assert (island_map(wide) >= 0).all()
        point = Surface(np.full((1, 3, 2), 0.5), np.array([[0, 1, 2]]), ("clamp", "clamp"), (8, 8))
        ys, xs = np.nonzero(island_map(point) >= 0)
        assert set(zip(xs.tolist(), ys.tolist(), strict=True)) == {(3, 3), (4, 3), (3, 4), (4, 4)}

    def test_growing_stops_at_other_islands(self):
        island = np.full((5, 9), -1)
        island[:, 0], island[:, 5] = 3, 8
        np.testing.assert_array_equal(
            grow(island, 2, (False, False))[2], [3, 3, 3, 8, 8, 8, 8, 8, -1]
        )
        np.testing.assert_array_equal(
            grow(island, 1, (True, False))[2], [3, 3, -1, -1, 8, 8, 8, -1, 3]
        )


class TestSeams:
    def paint_box(self, size=256):
        """A colour that depends on the place on the box alone: no step at any seam."""
        mesh = box()
        surface = surface_of(mesh, (size, size))
        island = island_map(surface)
        color = np.zeros((size, size, 3), np.float32)
        for which, x, y, bary in texels(mesh.uv[mesh.triangles] * size):
            place = np.einsum("kc,kcd->kd", bary, mesh.position[mesh.triangles][which])
            color[y, x] = 127 + 100 * np.sin(
                place @ np.array([[2, 0.3, 1], [0.4, 2, -1], [1, -2, 1]])
            )
        return surface, island, fill_gutters(color, island >= 0)

    def test_steps_that_were_not_there_go_and_the_inside_stays(self):
        surface, island, plain = self.paint_box()
        samples = sample_seams(find_seams([surface]), [surface])
        rng = np.random.default_rng(0)
        shift = rng.normal(0, 25, (island.max() + 1, 3)).astype(np.float32)
        painted = fill_gutters((plain + shift[island]).clip(0, 255), island >= 0)
        grown = grow(island, 2, (False, False))
        (mended,) = equalise([plain], [painted], [grown], [surface], samples)
        before, broken, after = (
            measure.seam_steps([p], [surface], samples).mean() for p in (plain, painted, mended)
        )
        assert before < 2
        assert broken > 15
        assert after < before + 0.5
        centre = np.s_[64, 43]  # the middle of the first face
        assert np.abs(mended[centre] - painted[centre]).max() < 0.35 * np.abs(shift).max()

    def test_steps_that_were_meant_stay(self):
        """Every face of a colour of its own: painted the same, nothing is touched."""
        surface, island, _ = self.paint_box(128)
        colours = np.random.default_rng(1).uniform(0, 255, (island.max() + 1, 3)).astype(np.float32)
        plain = fill_gutters(colours[island], island >= 0)
        samples = sample_seams(find_seams([surface]), [surface])
        assert measure.seam_steps([plain], [surface], samples).mean() > 40
        (mended,) = equalise([plain], [plain], [island], [surface], samples)
        np.testing.assert_allclose(mended, plain, atol=1e-3)

    def test_a_sampler_sees_what_bilinear_filtering_gives(self):
        mesh = box()
        surface = surface_of(mesh, (32, 32))
        samples = sample_seams(find_seams([surface]), [surface])
        ramp = np.zeros((32, 32, 3), np.float32)
        ramp[..., 0], ramp[..., 1] = np.mgrid[0:32, 0:32][::-1] + 0.5
        seen = look([ramp], [surface], samples)
        np.testing.assert_allclose(seen[..., :2], samples.place, atol=1e-4)


def test_the_border_of_a_picture_that_repeats_is_like_its_inside():
    tile = plasma(64, 128, 5)
    for axis in (0, 1):
        across, inside = measure.border_step(tile, axis)
        assert across < 1.5 * inside + 1
    across, inside = measure.border_step(tile[:, :50], 1)
    assert across > 5 * inside
