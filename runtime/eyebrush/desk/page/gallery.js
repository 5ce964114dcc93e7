// The styles, painted from the developer's own scene; and paintings that become styles.

import { $, api, h, say } from "./dom.js";
import * as board from "./board.js";

let rows = [];
let painted = {}; // style -> edition of its thumbnail
let jobs = [];

/** A style's picture; its painting's mean colour until there is one. */
export function thumbnail(style) {
  const frame = h("span", { className: "thumb", "data-thumb": style });
  frame.style.background = rows.find((row) => row.name === style)?.colour ?? "#333";
  fill(frame);
  return frame;
}

function fill(frame) {
  const style = frame.dataset.thumb;
  const edition = painted[style];
  if (!edition || frame.dataset.edition === String(edition)) return;
  frame.dataset.edition = edition;
  const image = h("img", { alt: "", decoding: "async", src: `api/styles/${style}/thumbnail?${edition}` });
  image.addEventListener("load", () => frame.replaceChildren(image), { once: true });
}

/** Read the list again. */
export async function load() {
  rows = (await api("GET", "styles")).styles;
  draw();
}

/** A state came: thumbnails and paintings under way. */
export function show(state) {
  const before = JSON.stringify(jobs);
  jobs = state.jobs.filter((job) => job.phase !== "done");
  if (JSON.stringify(jobs) !== before) draw();
  painted = state.gallery.painted;
  document.querySelectorAll("[data-thumb]").forEach(fill);
  $("repaint").disabled = state.gallery.to_paint > 0;
  mark();
}

function draw() {
  const wanted = $("find").value.trim().toLowerCase();
  const found = rows.filter((row) => `${row.name} ${row.about ?? ""}`.toLowerCase().includes(wanted));
  const kept = document.activeElement?.dataset?.key;
  $("styles").replaceChildren(adder(), ...jobs.map(jobTile), ...found.map(tile));
  if (kept) document.querySelector(`[data-key="${kept}"]`)?.focus({ preventScroll: true });
  mark();
}

/** Which of them run. */
function mark() {
  const running = board.current()?.mix.map((part) => part.style) ?? [];
  const mixed = board.styles();
  for (const item of $("styles").querySelectorAll("li[data-style]")) {
    const { style } = item.dataset;
    item.querySelector(".tile").setAttribute("aria-pressed", String(running.includes(style)));
    const plus = item.querySelector(".plus");
    if (!plus) continue;
    const inside = mixed.includes(style);
    plus.textContent = inside ? "−" : "+";
    plus.setAttribute("aria-label", inside ? `Take ${style} out of the mix` : `Add ${style} to the mix`);
    plus.hidden = inside && mixed.length === 1;
  }
}

function tile(row) {
  const look = h("span", { className: "look" }, thumbnail(row.name));
  const name = h("span", { className: "name" }, row.name);
  const button = h("button", { type: "button", className: "tile", title: row.problem ?? row.about ?? row.name, "data-key": `tile-${row.name}`, disabled: Boolean(row.problem) }, look, name);
  button.addEventListener("click", () => board.only(row.name));
  const plus = row.problem ? null : h("button", { type: "button", className: "plus", "data-key": `plus-${row.name}` }, "+");
  plus?.addEventListener("click", () => board.toggle(row.name));
  const item = h("li", { "data-style": row.name }, button, plus);
  if (row.kind === "own") {
    const minus = h("button", { type: "button", className: "minus", "aria-label": `Delete the style ${row.name}`, "data-key": `minus-${row.name}` }, "🗑");
    minus.addEventListener("click", () => remove(row.name));
    item.append(minus);
  }
  return item;
}

function adder() {
  const input = h("input", { type: "file", accept: "image/*", "aria-label": "Make a style of a painting", "data-key": "adder" });
  input.addEventListener("change", () => {
    for (const file of input.files) add(file);
  });
  const look = h("span", { className: "look" }, "Drop a painting, or choose one");
  return h("li", { className: "add" }, h("div", { className: "tile" }, look, h("span", { className: "name" }, "new style")), input);
}

function jobTile(job) {
  const bar = h("progress", { max: 1, value: job.progress, "aria-label": `Making ${job.style}` });
  const failed = job.phase === "failed";
  const look = h("span", { className: "look" }, h("span", { role: "status" }, failed ? job.error : `${job.phase} …`), failed ? null : bar);
  return h("li", { className: "job" }, h("div", { className: "tile" }, look, h("span", { className: "name" }, job.style)));
}

/** A painting's file becomes a style, which is then painted in. */
export async function add(file) {
  try {
    const title = file.name.replace(/\.[a-z0-9]+$/i, "");
    const job = await api("POST", `paintings?title=${encodeURIComponent(title)}`, file, "application/octet-stream");
    wanted.add(job.id);
    say("");
  } catch (error) {
    say(error.message);
  }
}

const wanted = new Set(); // jobs whose style is to be shown when it is there

/** Show what was dropped here as soon as it is ready. */
export function finish(allJobs) {
  for (const job of allJobs) {
    if (!wanted.has(job.id) || !["done", "failed"].includes(job.phase)) continue;
    wanted.delete(job.id);
    if (job.phase === "done") board.only(job.style);
    else say(job.error);
  }
}

async function remove(name) {
  try {
    await api("DELETE", `styles/${name}`);
  } catch (error) {
    say(error.message);
  }
}

$("find").addEventListener("input", draw);
$("repaint").addEventListener("click", async () => {
  try {
    await api("POST", "thumbnails", { session: $("session").value });
  } catch (error) {
    say(error.message);
  }
});
