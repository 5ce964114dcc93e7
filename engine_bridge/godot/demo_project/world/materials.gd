## The scene's materials, each made once.

const Baker := preload("res://world/baker.gd")

static var _made := {}


## name -> [tile in metres (0: the mesh's own uv), relief in metres, texture size]
const RECIPES := {
	"planks": [1.8, 0.006, 1024],
	"wood": [1.3, 0.003, 512],
	"plaster": [1.6, 0.004, 512],
	"facade": [1.6, 0.012, 1024],
	"tiles": [1.6, 0.03, 512],
	"grass": [2.0, 0.03, 512],
	"cobbles": [1.7, 0.03, 1024],
	"bark": [0.0, 0.03, 512],
	"leaves": [0.0, 0.0, 512],
	"rug": [0.0, 0.002, 1024],
	"fabric": [0.55, 0.004, 1024],
	"linen": [0.5, 0.003, 512],
	"brass": [0.3, 0.001, 256],
	"ceramic": [0.0, 0.0, 512],
	"painting": [0.0, 0.006, 1024],
	"books": [0.0, 0.02, 1024],
	"board": [0.0, 0.008, 512],
	"stripes": [0.0, 0.01, 1024],
	"wicker": [0.12, 0.02, 256],
	"rock": [0.9, 0.05, 512],
}


static func of(name: String) -> StandardMaterial3D:
	if not _made.has(name):
		var recipe: Array = RECIPES[name]
		_made[name] = Baker.material(name, recipe[0], recipe[1], recipe[2])
	return _made[name]


static func tinted(name: String, tint: Color) -> StandardMaterial3D:
	var out: StandardMaterial3D = of(name).duplicate()
	out.albedo_color = tint
	return out


static func plain(color: Color, roughness := 0.7, metallic := 0.0) -> StandardMaterial3D:
	var out := StandardMaterial3D.new()
	out.albedo_color = color
	out.roughness = roughness
	out.metallic = metallic
	return out


## Leaves: cut out by alpha, lit from both sides, tinted per instance, stirred by the wind.
static func foliage() -> ShaderMaterial:
	var out := ShaderMaterial.new()
	out.shader = load("res://world/foliage.gdshader")
	out.set_shader_parameter("leaves", of("leaves").albedo_texture)
	return out


static func shader(path: String) -> ShaderMaterial:
	var out := ShaderMaterial.new()
	out.shader = load(path)
	return out
