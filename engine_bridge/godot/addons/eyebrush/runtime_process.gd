extends RefCounted
## Starts `eyebrush serve` as a process of its own. Never through a shell. Whoever starts it stops it.

var pid := -1
var fault := ""  ## why it could not be started


## program: path of the `eyebrush` program; empty looks along PATH. session: the one to serve.
func start(program: String, session: String) -> bool:
	stop()
	var found := program if program != "" else find()
	if found == "":
		fault = ("got no `eyebrush` on PATH; wanted the runtime; fix: pip install eyebrush, or set " +
			"eyebrush/runtime/program to where it is")
		return false
	if not FileAccess.file_exists(found):
		fault = "got %s; wanted the program `eyebrush`; fix: eyebrush/runtime/program" % found
		return false
	pid = OS.create_process(found, ["serve", "--quiet", "--name", session])
	fault = "" if pid > 0 else "got no process from %s; wanted it to start; fix: run it by hand" % found
	return pid > 0


func running() -> bool:
	return pid > 0 and OS.is_process_running(pid)


func stop() -> void:
	if running():
		OS.kill(pid)
	pid = -1


## The program along PATH, or empty.
static func find() -> String:
	var windows := OS.get_name() == "Windows"
	for folder in OS.get_environment("PATH").split(";" if windows else ":", false):
		var path := folder.path_join("eyebrush.exe" if windows else "eyebrush")
		if FileAccess.file_exists(path):
			return path
	return ""
