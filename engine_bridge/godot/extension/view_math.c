#include "view_math.h"

#include <math.h>
#include <string.h>

typedef struct {
  double x, y, z;
} vec;
typedef struct {
  vec row[3];
} mat;

static vec scaled(vec a, double s) { return (vec){a.x * s, a.y * s, a.z * s}; }
static vec minus(vec a, vec b) { return (vec){a.x - b.x, a.y - b.y, a.z - b.z}; }
static double dot(vec a, vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static double length(vec a) { return sqrt(dot(a, a)); }
static vec unit(vec a) { return scaled(a, 1 / length(a)); }
static vec cross(vec a, vec b) {
  return (vec){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
static vec times(const mat* m, vec a) {
  return (vec){dot(m->row[0], a), dot(m->row[1], a), dot(m->row[2], a)};
}
static mat transposed(const mat* m) {
  const vec *a = &m->row[0], *b = &m->row[1], *c = &m->row[2];
  return (mat){{{a->x, b->x, c->x}, {a->y, b->y, c->y}, {a->z, b->z, c->z}}};
}
static mat product(const mat* a, const mat* b) {
  const mat columns = transposed(b);
  mat out;
  for (int i = 0; i < 3; i++) out.row[i] = times(&columns, a->row[i]);
  return out;
}
static mat inverse(const mat* m) {
  const vec a = m->row[0], b = m->row[1], c = m->row[2];
  const double scale = 1 / dot(a, cross(b, c));
  const mat columns = {
      {scaled(cross(b, c), scale), scaled(cross(c, a), scale), scaled(cross(a, b), scale)}};
  return transposed(&columns);
}

/* x, y, z of one row of a projection. */
static vec row_of(const godot_projection* p, int row) {
  return (vec){p->columns[0][row], p->columns[1][row], p->columns[2][row]};
}

/* The columns of a transform's basis, at right angles and of length 1. */
static mat turn_of(const godot_transform* t) {
  vec x = {t->basis[0][0], t->basis[1][0], t->basis[2][0]};
  vec y = {t->basis[0][1], t->basis[1][1], t->basis[2][1]};
  vec z = {t->basis[0][2], t->basis[1][2], t->basis[2][2]};
  x = unit(x);
  y = unit(minus(y, scaled(x, dot(x, y))));
  z = unit(minus(minus(z, scaled(x, dot(x, z))), scaled(y, dot(y, z))));
  const mat columns = {{x, y, z}};
  return transposed(&columns);
}

/* Rotation -> unit quaternion xyzw (Shepperd's method: divide by the largest part). */
static void quaternion(const mat* m, float xyzw[4]) {
  const double r[3][3] = {{m->row[0].x, m->row[0].y, m->row[0].z},
                          {m->row[1].x, m->row[1].y, m->row[1].z},
                          {m->row[2].x, m->row[2].y, m->row[2].z}};
  double q[4];
  const double trace = r[0][0] + r[1][1] + r[2][2];
  int i = 0;
  if (r[1][1] > r[0][0]) i = 1;
  if (r[2][2] > r[i][i]) i = 2;
  if (trace > r[i][i]) {
    q[3] = 1 + trace;
    q[0] = r[2][1] - r[1][2], q[1] = r[0][2] - r[2][0], q[2] = r[1][0] - r[0][1];
  } else {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    q[i] = 1 + 2 * r[i][i] - trace;
    q[j] = r[j][i] + r[i][j], q[k] = r[k][i] + r[i][k];
    q[3] = r[k][j] - r[j][k];
  }
  const double size = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  for (int n = 0; n < 4; n++) xyzw[n] = (float)(q[n] / size);
}

void view_of(const godot_transform* camera, const godot_projection* projection, eb_view* view) {
  memset(view, 0, sizeof *view);
  vec forward = row_of(projection, 3);
  if (length(forward) < 1e-6) return;
  const double scale = 1 / length(forward);
  forward = scaled(forward, scale);
  const vec x_row = scaled(row_of(projection, 0), scale);
  const vec y_row = scaled(row_of(projection, 1), scale);
  const double shift_x = dot(x_row, forward), shift_y = dot(y_row, forward);
  vec right = minus(x_row, scaled(forward, shift_x));
  const double focal_x = length(right);
  right = scaled(right, 1 / focal_x);
  const vec up = cross(scaled(forward, -1), right);
  const double focal_y = dot(y_row, up); /* negative: row 0 is on top */
  /* The eye is where all three rows vanish. */
  const float* last = projection->columns[3];
  const mat rows = {{x_row, y_row, forward}}, solved = inverse(&rows);
  const vec eye = times(&solved, scaled((vec){last[0], last[1], last[3]}, -scale));
  const mat columns = {{right, up, scaled(forward, -1)}};
  const mat eye_turn = transposed(&columns), head = turn_of(camera),
            turn = product(&head, &eye_turn);
  quaternion(&turn, view->orientation_xyzw);
  for (int i = 0; i < 3; i++) {
    const float* row = camera->basis[i];
    view->position_m[i] =
        (float)(row[0] * eye.x + row[1] * eye.y + row[2] * eye.z + camera->origin[i]);
  }
  const double top = (-1 - shift_y) / focal_y, bottom = (1 - shift_y) / focal_y;
  view->fov_rad[0] = (float)atan((-1 - shift_x) / focal_x);
  view->fov_rad[1] = (float)atan((1 - shift_x) / focal_x);
  view->fov_rad[2] = (float)atan(fmax(top, bottom));
  view->fov_rad[3] = (float)atan(fmin(top, bottom));
}

/* World direction from the eye -> (u w, v w, w), w along the view axis. */
static mat uv_of_world(const eb_view* view) {
  const double left = tan(view->fov_rad[0]), right = tan(view->fov_rad[1]);
  const double up = tan(view->fov_rad[2]), down = tan(view->fov_rad[3]);
  const mat uv_of_eye = {{{1 / (right - left), 0, left / (right - left)},
                          {0, -1 / (up - down), -up / (up - down)},
                          {0, 0, -1}}};
  const float* q = view->orientation_xyzw;
  const double x = q[0], y = q[1], z = q[2], w = q[3];
  const mat eye_of_world = {{{1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)},
                             {2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)},
                             {2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)}}};
  return product(&uv_of_eye, &eye_of_world);
}

static int is_none(const eb_view* view) { return view->fov_rad[0] == view->fov_rad[1]; }

void view_reprojection(const eb_view* frame, const eb_view* field, float rows[12]) {
  mat turn = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  vec parallax = {0, 0, 0};
  if (!is_none(frame) && !is_none(field)) {
    const mat to_field = uv_of_world(field), to_frame = uv_of_world(frame);
    const mat from_frame = inverse(&to_frame);
    turn = product(&to_field, &from_frame);
    const float *here = frame->position_m, *there = field->position_m;
    parallax = times(&to_field, (vec){here[0] - there[0], here[1] - there[1], here[2] - there[2]});
  }
  const double last[3] = {parallax.x, parallax.y, parallax.z};
  for (int i = 0; i < 3; i++) {
    const vec row = turn.row[i];
    rows[4 * i] = (float)row.x, rows[4 * i + 1] = (float)row.y, rows[4 * i + 2] = (float)row.z;
    rows[4 * i + 3] = (float)last[i];
  }
}

void view_depth_line(const godot_projection* projection, float line[2]) {
  const vec axis = row_of(projection, 3);
  line[0] = 0, line[1] = 1; /* orthogonal: unused, as there is no parallax */
  if (length(axis) < 1e-6) return;
  const double a = dot(row_of(projection, 2), axis) / dot(axis, axis);
  const float* last = projection->columns[3];
  line[0] = (float)a;
  line[1] = (float)((last[2] - a * last[3]) / length(axis));
}
