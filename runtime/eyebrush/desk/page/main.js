// The page: everything that a state says goes to where it is shown.

import { $, h, say, write } from "./dom.js";
import * as board from "./board.js";
import * as eyes from "./eyes.js";
import * as gallery from "./gallery.js";
import * as graph from "./graph.js";
import * as presets from "./presets.js";
import { connect, on, watch } from "./live.js";
import "./words.js";

let shown = "";
let lists = -1;

on("state", (state) => {
  $("lost").hidden = true;
  const session = state.sessions.find((one) => one.name === state.session);
  pickers(state);
  if (state.session !== shown) {
    shown = state.session;
    eyes.clear();
    graph.clear();
  }
  if (session) tell(session, state.samples);
  else nobody(state);
  gallery.show(state);
  gallery.finish(state.jobs);
  if (state.lists !== lists) {
    lists = state.lists;
    gallery.load().catch((error) => say(error.message));
    presets.load().catch((error) => say(error.message));
  }
  write($("about"), `eyebrush ${state.version}, ${state.command}`);
});

on("lost", () => {
  $("lost").hidden = false;
  write($("lost"), "The runtime is gone. This page looks for it again; nothing here is live until then.");
  enable(false);
  setPill("lost", "lost");
  write($("nothing"), "No runtime");
  eyes.clear();
});

function pickers({ sessions, session }) {
  const select = $("session");
  const names = sessions.map((one) => one.name);
  if (select.dataset.names !== names.join()) {
    select.dataset.names = names.join();
    select.replaceChildren(...sessions.map((one) => h("option", { value: one.name }, one.engine ? `${one.name} (${one.engine})` : one.name)));
    if (!names.length) select.append(h("option", { value: "" }, "none yet"));
  }
  if (document.activeElement !== select) select.value = session;
}

function tell(session, samples) {
  enable(true);
  setPill(session.state, session.reason ? `${session.state}: ${session.reason}` : session.state);
  const { backend, governor } = session;
  write($("backend"), `${backend.backend} ${backend.device} ${backend.precision}, ${backend.threads} threads, ${backend.device_name}`);
  write($("eye"), `${session.eye_px[0]}×${session.eye_px[1]}${session.eyes === 2 ? " ×2" : ""}`);
  write($("governor"), governor ? `${governor.state}, pressure ${Math.round(100 * governor.pressure)} %` : "the engine's");
  $("governor").title = governor?.last_change ?? "";
  eyes.setEyes(session.eyes);
  board.show(session.look, session.kind === "bridge");
  graph.add(samples, session.budget_ms);
  graph.tell(session);
}

function nobody() {
  enable(false);
  setPill("paused", "waiting for an engine");
  write($("nothing"), "Start your game with the Eyebrush plugin, or try: eyebrush feed");
  for (const id of ["backend", "eye", "governor", "running"]) write($(id), "–");
  write($("running-more"), "");
  write($("rate"), "");
  write($("why"), "");
}

/** What needs a session. */
function enable(there) {
  for (const id of ["strength", "calm", "keep-a", "keep-b"]) $(id).disabled = !there;
  if (there) write($("nothing"), "No picture yet");
}

function setPill(kind, text) {
  $("state").className = `pill ${kind}`;
  write($("state"), text);
}

$("session").addEventListener("change", () => watch($("session").value));

// Files dropped anywhere on the page.

let over = 0;
addEventListener("dragenter", (event) => {
  event.preventDefault();
  over += 1;
  $("drop").hidden = false;
});
addEventListener("dragleave", () => {
  over -= 1;
  $("drop").hidden = over > 0;
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", async (event) => {
  event.preventDefault();
  over = 0;
  $("drop").hidden = true;
  for (const file of event.dataTransfer.files) {
    if (file.name.endsWith(".json")) await presets.take(await file.text());
    else await gallery.add(file);
  }
});

// Keys, unless somebody writes.

addEventListener("keydown", (event) => {
  const writing = event.target.matches("input:not([type=range]), select, textarea");
  if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
  const actions = {
    a: () => board.recall("a"), b: () => board.recall("b"), A: () => board.keep("a"), B: () => board.keep("b"),
    "/": () => $("find").focus(), w: () => $("words-text").focus(), s: () => $("strength").focus(), c: () => $("calm").focus(), e: () => $("detail").focus(), d: () => $("divider").focus(),
  };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});

connect();
