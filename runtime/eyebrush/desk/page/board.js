// The mixing board: what is asked for, and always brought back to what really runs.

import { $, h, say, write } from "./dom.js";
import { on, pending, wish } from "./live.js";
import { thumbnail } from "./gallery.js";

const MOST = 4; // styles on the pad
const DIALS = ["strength", "calm", "detail"];
const REST_MS = 400; // after the last touch, what runs is shown again
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
let parts = []; // {style, weight 0..1}
let touchedAt = 0;
let puck = { x: 0.5, y: 0.5 };
let running = null;
const slots = JSON.parse(sessionStorage.getItem("eyebrush-snapshots") ?? "{}");

/** "a:0.25,b:0.75" -> parts; [] where an engine sent a style of its own. */
export function partsOf(text) {
  const found = text.split(",").map((part) => {
    const [style, weight = "1"] = part.split(":");
    return { style, weight: Number(weight) };
  });
  const total = found.reduce((sum, part) => sum + part.weight, 0);
  if (!found.every((part) => NAME.test(part.style)) || !(total > 0)) return [];
  return found.map((part) => ({ ...part, weight: part.weight / total }));
}

/** The look that really runs, for presets and snapshots. */
export const current = () => running && { mix: partsOf(running.style), strength: running.strength, calm: running.calm, detail: running.detail };

export const styles = () => parts.map((part) => part.style);

/** A state came: show it, unless a hand is on the board. */
export function show(look, engine) {
  running = look;
  write($("running"), look.style.replaceAll(",", " + ").replaceAll(/:([\d.]+)/g, (_, w) => ` ${Math.round(100 * w)} %`));
  write($("running-more"), `strength ${percent(look.strength)}, calm ${percent(look.calm)}, detail ${percent(look.detail)}, as the ${look.by} asked`);
  $("release").hidden = look.by !== "desk";
  write($("release"), engine ? "Back to what the engine asks for" : "Back to what the command line asked for");
  if (pending() || performance.now() < touchedAt + REST_MS) return;
  const runs = partsOf(look.style);
  const resting = parts.filter((part) => part.weight === 0 && !runs.some((r) => r.style === part.style));
  const order = [...parts.map((part) => part.style), ...runs.map((part) => part.style)];
  parts = [...runs, ...resting].sort((a, b) => order.indexOf(a.style) - order.indexOf(b.style));
  for (const dial of DIALS) setDial(dial, look[dial]);
  draw();
  markSnapshots();
}

/** Paint in this style alone. */
export function only(style) {
  ask([{ style, weight: 1 }]);
}

/** Put a style beside those of the mix, or take it out again. */
export function toggle(style) {
  if (parts.some((part) => part.style === style)) return leave(style);
  if (parts.length >= MOST) return say(`got a fifth style; wanted at most ${MOST}; fix: take one out of the mix`);
  const share = 1 / (parts.length + 1);
  ask([...parts.map((part) => ({ ...part, weight: part.weight * (1 - share) })), { style, weight: share }]);
}

/** Ask for a whole look: a snapshot or a preset. */
export function askFor(look) {
  touchedAt = 0;
  parts = look.mix.map((part) => ({ ...part }));
  const dials = DIALS.filter((dial) => look[dial] !== undefined).map((dial) => [dial, look[dial]]);
  wish({ mix: look.mix, ...Object.fromEntries(dials) });
}

function leave(style) {
  const rest = parts.filter((part) => part.style !== style);
  if (!rest.length) return;
  if (rest.every((part) => part.weight === 0)) rest[0].weight = 1;
  ask(rest);
}

function ask(wanted) {
  touchedAt = performance.now();
  parts = wanted;
  say("");
  const mix = parts.filter((part) => part.weight > 0.004).map(({ style, weight }) => ({ style, weight: Number(weight.toFixed(3)) }));
  if (mix.length) wish({ mix });
  draw();
}

function draw() {
  const list = $("parts");
  const same = list.children.length === parts.length && parts.every((part, i) => list.children[i].dataset.style === part.style);
  if (!same) list.replaceChildren(...parts.map(row));
  const total = parts.reduce((sum, part) => sum + part.weight, 0) || 1;
  parts.forEach((part, i) => {
    const slider = list.children[i].querySelector("input");
    const value = Math.round((100 * part.weight) / total);
    if (document.activeElement !== slider || performance.now() > touchedAt + REST_MS) slider.value = value;
    slider.style.setProperty("--at", `${slider.value}%`);
    slider.disabled = parts.length === 1;
    write(list.children[i].querySelector("output"), String(value));
    list.children[i].querySelector("button").hidden = parts.length === 1;
  });
  $("board-hint").hidden = parts.length > 1;
  drawPad();
}

function row(part) {
  const id = `part-${part.style}`;
  const slider = h("input", { type: "range", id, min: 0, max: 100, className: "slide" });
  slider.addEventListener("input", () => {
    ask(parts.map((other) => (other.style === part.style ? { ...other, weight: slider.value / 100 } : other)));
  });
  const out = h("button", { type: "button", className: "quiet", "aria-label": `Take ${part.style} out of the mix` }, "×");
  out.addEventListener("click", () => leave(part.style));
  return h("li", { "data-style": part.style }, thumbnail(part.style), h("label", { htmlFor: id }, part.style), slider, h("output", { htmlFor: id }), out);
}

// The pad: each style sits in a corner, and weighs the more the nearer the puck is.

const CORNERS = { 2: [[0, 0.5], [1, 0.5]], 3: [[0, 0], [1, 0], [0.5, 1]], 4: [[0, 0], [1, 0], [0, 1], [1, 1]] };

function drawPad() {
  const pad = $("pad");
  pad.hidden = parts.length < 2;
  if (pad.hidden) return;
  const names = styles().join(" ");
  if (pad.dataset.names !== names) {
    pad.dataset.names = names;
    pad.className = `pad n${parts.length}`;
    pad.replaceChildren(...styles().map(thumbnail), h("span", { id: "puck" }));
  }
  if (performance.now() > touchedAt + REST_MS) {
    puck = parts.reduce((at, part, i) => {
      const [x, y] = CORNERS[parts.length][i];
      return { x: at.x + part.weight * x, y: at.y + part.weight * y };
    }, { x: 0, y: 0 });
  }
  const dot = pad.querySelector("#puck");
  dot.style.left = `${100 * puck.x}%`;
  dot.style.top = `${100 * puck.y}%`;
}

function padMoved(event) {
  const box = $("pad").getBoundingClientRect();
  const inside = (value) => Math.min(1, Math.max(0, value));
  puck = { x: inside((event.clientX - box.left) / box.width), y: inside((event.clientY - box.top) / box.height) };
  if (parts.length === 2) puck.y = 0.5;
  const pulls = CORNERS[parts.length].map(([x, y]) => Math.max(0, 1 - Math.hypot(puck.x - x, puck.y - y)) ** 2);
  const total = pulls.reduce((sum, pull) => sum + pull, 0) || 1;
  ask(parts.map((part, i) => ({ ...part, weight: pulls[i] / total })));
}

$("pad").addEventListener("pointerdown", (event) => {
  $("pad").setPointerCapture(event.pointerId);
  padMoved(event);
});
$("pad").addEventListener("pointermove", (event) => {
  if ($("pad").hasPointerCapture(event.pointerId)) padMoved(event);
});

// Strength, calm, detail, and back.

const percent = (value) => `${Math.round(100 * value)} %`;

function setDial(name, value) {
  const dial = $(name);
  dial.value = Math.round(100 * value);
  dial.style.setProperty("--at", `${dial.value}%`);
  write($(`${name}-is`), String(dial.value));
}

for (const name of DIALS) {
  $(name).addEventListener("input", () => {
    touchedAt = performance.now();
    setDial(name, $(name).value / 100);
    wish({ [name]: $(name).value / 100 });
  });
}
$("release").addEventListener("click", () => wish({ release: true }));
on("done", (error) => say(error));

// Snapshots.

const alike = (a, b) => a && b && DIALS.every((dial) => Math.abs(a[dial] - b[dial]) < 0.005)
  && a.mix.length === b.mix.length
  && a.mix.every((part, i) => part.style === b.mix[i].style && Math.abs(part.weight - b.mix[i].weight) < 0.01);

function markSnapshots() {
  for (const slot of ["a", "b"]) {
    $(`show-${slot}`).disabled = !slots[slot];
    $(`show-${slot}`).setAttribute("aria-pressed", String(Boolean(alike(slots[slot], current()))));
  }
}

export function keep(slot) {
  if (!current()?.mix.length) return;
  slots[slot] = current();
  sessionStorage.setItem("eyebrush-snapshots", JSON.stringify(slots));
  markSnapshots();
}

export function recall(slot) {
  if (slots[slot]) askFor(slots[slot]);
}

for (const slot of ["a", "b"]) {
  $(`keep-${slot}`).addEventListener("click", () => keep(slot));
  $(`show-${slot}`).addEventListener("click", () => recall(slot));
}
