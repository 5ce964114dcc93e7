// The socket: states and pictures in, wishes out. It comes back by itself.

const RETRY_MS = 1000;
const listeners = { state: [], picture: [], lost: [], done: [] };
let socket = null;
let session = "";
let waiting = null; // the newest wish while one is under way: a slider must not queue
let underWay = 0;
let number = 0;

export const on = (kind, listener) => listeners[kind].push(listener);
const tell = (kind, value) => listeners[kind].forEach((listener) => listener(value));

export function connect() {
  const place = new URL("api/live", location.href);
  place.protocol = place.protocol.replace("http", "ws");
  socket = new WebSocket(place);
  socket.binaryType = "blob";
  socket.onopen = () => watch(session);
  socket.onmessage = ({ data }) => {
    if (data instanceof Blob) return tell("picture", data);
    const message = JSON.parse(data);
    if (message.kind === "done") answered(message);
    else tell("state", message);
  };
  socket.onclose = () => {
    underWay = 0;
    waiting = null;
    tell("lost");
    setTimeout(connect, RETRY_MS);
  };
}

/** Look at a session ("" for the first). Pictures stop while nobody sees the page. */
export function watch(name = session) {
  session = name;
  send({ kind: "watch", session, pictures: !document.hidden });
}

/** Ask for a look. While one is under way only the newest other is kept. */
export function wish(look) {
  if (underWay) {
    waiting = { ...waiting, ...look };
    return;
  }
  number += 1;
  if (send({ kind: "wish", id: number, session, ...look })) underWay = number;
}

/** Whether what runs may still differ from what was asked. */
export const pending = () => underWay !== 0;

function answered({ id, error }) {
  if (id !== underWay) return;
  underWay = 0;
  tell("done", error ?? "");
  if (waiting) {
    const next = waiting;
    waiting = null;
    wish(next);
  }
}

function send(message) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(message));
  return true;
}

document.addEventListener("visibilitychange", () => watch());
