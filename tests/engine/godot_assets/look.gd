extends SceneTree
## What Godot's importer made of models. Arguments after "--": a folder for pictures, then names of
## models in the project. Prints one line of JSON: for each model its surfaces, with the sizes of
## their textures and the picture of the base colour.


func _initialize() -> void:
	var arguments := OS.get_cmdline_user_args()
	var found := {}
	for name: String in arguments.slice(1):
		var scene: PackedScene = load("res://" + name)
		var root := scene.instantiate()
		var surfaces := []
		for node: MeshInstance3D in root.find_children("*", "MeshInstance3D", true, false):
			for i in node.mesh.get_surface_count():
				var material: BaseMaterial3D = node.mesh.surface_get_material(i)
				var picture := "%s/%s-%d.png" % [arguments[0], name.get_basename(), surfaces.size()]
				var image := material.albedo_texture.get_image()
				if image.is_compressed():
					image.decompress()
				image.save_png(picture)
				surfaces.append({
					"material": material.resource_name,
					"triangles": node.mesh.surface_get_array_index_len(i) / 3,
					"albedo": picture,
					"mips": image.has_mipmaps(),
					"normal": 0 if material.normal_texture == null else material.normal_texture.get_width(),
					"clear": material.transparency != BaseMaterial3D.TRANSPARENCY_DISABLED,
				})
		found[name] = surfaces
		root.free()
	print("models: ", JSON.stringify(found))
	quit()
