/* Where an eye looked from, and where its pixels were when a field was made: eyebrush.frame in C.
 * Axes are OpenXR's and Godot's: +x right, +y up, -z forward. A view that is all zero is none
 * (orthogonal cameras have no eye): frames without one are not reprojected. */
#ifndef EYEBRUSH_VIEW_MATH_H
#define EYEBRUSH_VIEW_MATH_H

#include "eyebrush_bridge.h"

/* Godot's Transform3D: three rows of the basis, then the origin. */
typedef struct {
  float basis[3][3], origin[3];
} godot_transform;
/* Godot's Projection: four columns. Row 0 of the picture is at clip y = -1. */
typedef struct {
  float columns[4][4];
} godot_projection;

/* The view that an eye was rendered with. camera: RenderSceneData's camera transform; projection:
 * its projection of that view, which holds the eye's own place and turn as well. */
void view_of(const godot_transform* camera, const godot_projection* projection, eb_view* view);

/* 3x4 numbers, row by row: picture uv of the frame -> picture uv of the field (composite.slang). */
void view_reprojection(const eb_view* frame, const eb_view* field, float rows[12]);

/* (a, b) with depth_buffer = a + b / distance along the view axis. */
void view_depth_line(const godot_projection* projection, float line[2]);

#endif
