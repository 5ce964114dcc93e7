"""The slot protocol of engine_bridge/src/channel.c, step by step, for exhaustive exploration.

Memory is x86's: each thread has a store buffer. A sequentially consistent store goes to memory at
once, after everything in its thread's buffer; other stores wait there and arrive later, in order.
A message is two words, so that a torn one can be seen. `Rules` takes single precautions away, to
show that the exploration notices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

SLOTS = 3
NEWEST, CLAIM, SIGNAL, WAITING, SEQUENCE = 0, 1, 2, 3, 4  # places in memory
FIRST, SECOND, SIZE = SEQUENCE + SLOTS, SEQUENCE + 2 * SLOTS, SEQUENCE + 3 * SLOTS


@dataclass(frozen=True)
class Rules:
    """How often things happen, and which precautions hold."""

    publications: int = 4
    writer_deaths: int = 0
    reader_deaths: int = 0
    second_look: bool = True  # the reader looks at newest again after its claim
    avoid_claim: bool = True  # the writer keeps off the claimed slot
    strong_claim: bool = True  # the claim is a sequentially consistent store
    signalled: bool = True  # the word that the reader sleeps on changes with each publication
    newest_last: bool = True  # newest is stored after the message, not before it


class Thread(NamedTuple):
    """pc: the next step; the rest are local variables of channel.c. buffer: stores on their way."""

    pc: str
    count: int = 0  # writer: publications so far; reader: the newest one acquired
    slot: int = 0
    newest: int = 0  # writer: slot of its newest; reader: the word that it looked at
    signal: int = 0
    first: int = 0
    second: int = 0
    buffer: tuple[tuple[int, int], ...] = ()


class State(NamedTuple):
    memory: tuple[int, ...]
    writer: Thread
    reader: Thread
    deaths: tuple[int, int] = (0, 0)  # so far, of writers and readers


class ProtocolError(AssertionError):
    """A property of the protocol does not hold."""


START = State((0,) * SIZE, Thread("begin"), Thread("look"))


def load(state: State, thread: Thread, place: int) -> int:
    """What a thread sees: its own latest store, else memory."""
    for where, value in reversed(thread.buffer):
        if where == place:
            return value
    return state.memory[place]


def drained(memory: tuple[int, ...], thread: Thread) -> tuple[tuple[int, ...], Thread]:
    cells = list(memory)
    for place, value in thread.buffer:
        cells[place] = value
    return tuple(cells), thread._replace(buffer=())


def store(
    memory: tuple[int, ...], thread: Thread, place: int, value: int, strong: bool
) -> tuple[tuple[int, ...], Thread]:
    if not strong:
        return memory, thread._replace(buffer=(*thread.buffer, (place, value)))
    memory, thread = drained(memory, thread)
    return (*memory[:place], value, *memory[place + 1 :]), thread


def write(state: State, rules: Rules) -> State | None:
    """The writer's next step: eb_writer_begin, the message, eb_writer_publish."""
    memory, w, r = state.memory, state.writer, state.reader
    n = w.count + 1
    if w.pc == "begin":
        claim = load(state, w, CLAIM) if rules.avoid_claim else 0
        free = [k for k in range(SLOTS) if k + 1 != claim and not (w.count and k == w.newest)]
        if not free:
            raise ProtocolError("the writer finds no slot")
        w = w._replace(pc="odd", slot=free[0])
    elif w.pc == "odd":
        memory, w = store(memory, w, SEQUENCE + w.slot, 2 * w.count + 1, False)
        w = w._replace(pc="first" if rules.newest_last else "newest")
    elif w.pc == "first":
        memory, w = store(memory, w, FIRST + w.slot, n, False)
        w = w._replace(pc="second")
    elif w.pc == "second":
        memory, w = store(memory, w, SECOND + w.slot, n, False)
        w = w._replace(pc="even")
    elif w.pc == "even":
        memory, w = store(memory, w, SEQUENCE + w.slot, 2 * n, False)
        w = w._replace(pc="newest" if rules.newest_last else "signal")
    elif w.pc == "newest":
        memory, w = store(memory, w, NEWEST, n << 8 | w.slot, True)
        w = w._replace(pc="signal" if rules.newest_last else "first")
    elif w.pc == "signal":
        memory, w = store(memory, w, SIGNAL, n if rules.signalled else 0, True)
        w = w._replace(pc="wake")
    elif w.pc == "wake":
        if load(state, w, WAITING) and r.pc == "asleep":
            r = r._replace(pc="awake")
        done = n == rules.publications
        w = w._replace(pc="done" if done else "begin", count=n, newest=w.slot)
    else:
        return None
    return state._replace(memory=memory, writer=w, reader=r)


def read(state: State, rules: Rules) -> State | None:
    """The reader's next step: eb_wait_news, eb_reader_acquire, eb_reader_release."""
    memory, r = state.memory, state.reader
    if r.pc == "look":
        r = r._replace(pc="news?", signal=load(state, r, SIGNAL))
    elif r.pc == "news?":
        news = load(state, r, NEWEST) >> 8 != r.count
        r = r._replace(pc="acquire" if news else "waiting")
    elif r.pc == "waiting":
        memory, r = store(memory, r, WAITING, 1, True)
        r = r._replace(pc="news again?")
    elif r.pc == "news again?":
        news = load(state, r, NEWEST) >> 8 != r.count
        r = r._replace(pc="awake" if news else "sleep")
    elif r.pc == "sleep":  # the kernel compares and sleeps in one step; entering it drains
        memory, r = drained(memory, r)
        r = r._replace(pc="asleep" if memory[SIGNAL] == r.signal else "awake")
    elif r.pc == "awake":
        memory, r = store(memory, r, WAITING, 0, True)
        r = r._replace(pc="look")
    elif r.pc == "acquire":
        newest = load(state, r, NEWEST)
        r = r._replace(pc="claim" if newest >> 8 != r.count else "unclaim", newest=newest)
    elif r.pc == "claim":
        memory, r = store(memory, r, CLAIM, (r.newest & 0xFF) + 1, rules.strong_claim)
        r = r._replace(pc="second look" if rules.second_look else "first")
    elif r.pc == "second look":
        same = load(state, r, NEWEST) == r.newest
        r = r._replace(pc="first" if same else "acquire")
    elif r.pc == "first":
        r = r._replace(pc="second", first=load(state, r, FIRST + (r.newest & 0xFF)))
    elif r.pc == "second":
        r = r._replace(pc="intact?", second=load(state, r, SECOND + (r.newest & 0xFF)))
    elif r.pc == "intact?":
        n = r.newest >> 8
        intact = load(state, r, SEQUENCE + (r.newest & 0xFF)) == 2 * n
        if intact and (r.first, r.second) != (n, n):
            raise ProtocolError(
                f"publication {n} was read as {r.first}, {r.second}, and called intact"
            )
        if not intact:
            raise ProtocolError(f"publication {n} was overwritten while it was read")
        if n <= r.count:
            raise ProtocolError(f"publication {n} came after {r.count}")
        r = r._replace(pc="unclaim", count=n, first=0, second=0)
    elif r.pc == "unclaim":
        memory, r = store(memory, r, CLAIM, 0, True)
        done = r.count == rules.publications
        r = r._replace(pc="done" if done else "look", newest=0, signal=0)
    else:
        return None
    return state._replace(memory=memory, reader=r)


def arrivals(state: State) -> Iterator[State]:
    """A store reaches memory."""
    for name in ("writer", "reader"):
        thread: Thread = getattr(state, name)
        if thread.buffer:
            (place, value), rest = thread.buffer[0], thread.buffer[1:]
            memory = (*state.memory[:place], value, *state.memory[place + 1 :])
            yield state._replace(memory=memory, **{name: thread._replace(buffer=rest)})


def deaths(state: State, rules: Rules) -> Iterator[State]:
    """A side is killed; its successor has begun (eb_writer_init, eb_reader_init)."""
    of_writers, of_readers = state.deaths
    if of_writers < rules.writer_deaths and state.writer.pc != "done":
        memory, _ = drained(state.memory, state.writer)
        count, slot = memory[NEWEST] >> 8, memory[NEWEST] & 0xFF
        pc = "done" if count == rules.publications else "begin"
        writer = Thread(pc, count=count, newest=slot)
        yield state._replace(memory=memory, writer=writer, deaths=(of_writers + 1, of_readers))
    if of_readers < rules.reader_deaths and state.reader.pc != "done":
        memory, _ = drained(state.memory, state.reader)
        memory = tuple(0 if i in (CLAIM, WAITING) else v for i, v in enumerate(memory))
        count = memory[NEWEST] >> 8
        reader = Thread("look", count=count - 1 if count else 0)
        yield state._replace(memory=memory, reader=reader, deaths=(of_writers, of_readers + 1))


def successors(state: State, rules: Rules) -> Iterator[State]:
    yield from arrivals(state)
    for step in (write, read):
        after = step(state, rules)
        if after is not None:
            yield after
    yield from deaths(state, rules)
    # A writer may die between publishing and waking: that is what the time limit of a sleep is for.
    if state.deaths[0] and state.reader.pc == "asleep":
        yield state._replace(reader=state.reader._replace(pc="awake"))


def explore(rules: Rules) -> int:
    """Visit every reachable state; returns how many. Raises ProtocolError."""
    seen, todo = {START}, [START]
    while todo:
        state = todo.pop()
        stuck = True
        for after in successors(state, rules):
            stuck = False
            if after not in seen:
                seen.add(after)
                todo.append(after)
        if stuck and (state.writer.pc, state.reader.pc) != ("done", "done"):
            raise ProtocolError(
                f"both stand still: writer {state.writer.pc}, reader {state.reader.pc}"
            )
    return len(seen)
