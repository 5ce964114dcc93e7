extends RefCounted
## How much of the painting is shown: up while fields are fresh, down to the plain picture when not.

const FADE_US := 200_000  ## from plain to painted and back

var share := 0.0  ## 0: plain, 1: painted
var _last_us := -1


## fresh: whether there is a field that may be shown now. now_us: any clock that goes on.
func step(fresh: bool, now_us: int) -> float:
	# A pause of the game (a load, a breakpoint) counts as one frame of 50 ms at most.
	var passed_us := clampi(now_us - _last_us, 0, 50_000) if _last_us >= 0 else 0
	_last_us = now_us
	share = move_toward(share, 1.0 if fresh else 0.0, float(passed_us) / FADE_US)
	return share
