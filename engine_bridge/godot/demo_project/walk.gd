## The way of the head: from the armchair, past the table, through the door into the garden.


## share 0..1 of the walk -> the head's transform in the world (metres, -z forward).
static func head(share: float) -> Transform3D:
	var s := clampf(share, 0.0, 1.0)
	var along := s * s * (3.0 - 2.0 * s) * 0.6 + s * 0.4  # sets out and arrives gently
	var z := lerpf(2.9, -1.4, along)
	var x := lerpf(-0.95, 0.35, smoothstep(0.0, 0.75, along))
	var bob := 0.018 * sin(along * 3.0 * TAU)
	var sway := 0.012 * sin(along * 1.5 * TAU)
	# looks at the picture first, then through the door, then at the sign
	var yaw := lerpf(-0.20, -0.40, smoothstep(0.0, 0.45, s)) + 0.40 * smoothstep(0.4, 1.0, s)
	var pitch := lerpf(-0.12, 0.0, smoothstep(0.1, 0.9, s)) + 0.008 * sin(along * 6.0 * TAU)
	var roll := 0.012 * sin(along * 1.5 * TAU)
	var turn := Basis.from_euler(Vector3(pitch, yaw, roll))
	return Transform3D(turn, Vector3(x + sway, 1.62 + bob, z))
