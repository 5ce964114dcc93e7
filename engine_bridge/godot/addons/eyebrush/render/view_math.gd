extends RefCounted
## Poses and fields of view, and where a pixel was when a field was made: eyebrush.frame in GDScript.
##
## A view is VIEW_FLOATS numbers, in the bridge's order: orientation (quaternion xyzw, eye -> world),
## position (x, y, z, metres), field of view (left, right, up, down: signed half angles, radians).
## Axes are OpenXR's and Godot's: +x right, +y up, -z forward. All zero: no view (orthogonal cameras,
## which have no eye); such frames are not reprojected.

const VIEW_FLOATS := 11


## The view that an eye was rendered with: camera is RenderSceneData's camera transform, projection
## its projection of the view, which holds the eye's own place and turn as well.
static func view_of(camera: Transform3D, projection: Projection) -> PackedFloat32Array:
	var p := projection
	var forward := Vector3(p.x.w, p.y.w, p.z.w)
	if forward.is_zero_approx():
		var none := PackedFloat32Array()
		none.resize(VIEW_FLOATS)
		return none
	var scale := 1.0 / forward.length()
	forward *= scale
	var x_row := Vector3(p.x.x, p.y.x, p.z.x) * scale
	var y_row := Vector3(p.x.y, p.y.y, p.z.y) * scale
	var shift := Vector2(x_row.dot(forward), y_row.dot(forward))
	var right := x_row - shift.x * forward
	var focal_x := right.length()
	right /= focal_x
	var up := (-forward).cross(right)
	var focal_y := y_row.dot(up)  # negative: row 0 is on top
	# The eye is where all three rows vanish.
	var rows := Basis(x_row, y_row, forward).transposed()
	var eye := rows.inverse() * (Vector3(p.w.x, p.w.y, p.w.w) * -scale)
	var turn := (camera.basis.orthonormalized() * Basis(right, up, -forward)).get_rotation_quaternion()
	var place := camera * eye
	var top := (-1.0 - shift.y) / focal_y
	var bottom := (1.0 - shift.y) / focal_y
	return PackedFloat32Array([turn.x, turn.y, turn.z, turn.w, place.x, place.y, place.z,
		atan((-1.0 - shift.x) / focal_x), atan((1.0 - shift.x) / focal_x),
		atan(maxf(top, bottom)), atan(minf(top, bottom))])


## 3x4 numbers, row by row, for `Constants.reproject_*`: frame uv -> picture uv of the field.
static func reprojection(frame: PackedFloat32Array, field: PackedFloat32Array) -> PackedFloat32Array:
	if frame[7] == frame[8] or field[7] == field[8]:  # one of them is no view
		return PackedFloat32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])
	var to_field := _world_to_uv(field)
	var matrix := to_field * _world_to_uv(frame).inverse()
	var parallax := to_field * Vector3(frame[4] - field[4], frame[5] - field[5], frame[6] - field[6])
	return PackedFloat32Array([
		matrix.x.x, matrix.y.x, matrix.z.x, parallax.x,
		matrix.x.y, matrix.y.y, matrix.z.y, parallax.y,
		matrix.x.z, matrix.y.z, matrix.z.z, parallax.z])


## (a, b) with depth_buffer = a + b / distance along the view axis.
static func depth_line(projection: Projection) -> Vector2:
	var p := projection
	var axis := Vector3(p.x.w, p.y.w, p.z.w)
	if axis.is_zero_approx():
		return Vector2(0.0, 1.0)  # orthogonal: unused, as there is no parallax
	var a := Vector3(p.x.z, p.y.z, p.z.z).dot(axis) / axis.length_squared()
	return Vector2(a, (p.w.z - a * p.w.w) / axis.length())


## World direction from the eye -> (u w, v w, w), w along the view axis.
static func _world_to_uv(view: PackedFloat32Array) -> Basis:
	var left := tan(view[7])
	var right := tan(view[8])
	var up := tan(view[9])
	var down := tan(view[10])
	var columns := Basis(
		Vector3(1.0 / (right - left), 0.0, 0.0),
		Vector3(0.0, -1.0 / (up - down), 0.0),
		Vector3(left / (right - left), -up / (up - down), -1.0))
	return columns * Basis(Quaternion(view[0], view[1], view[2], view[3])).transposed()
