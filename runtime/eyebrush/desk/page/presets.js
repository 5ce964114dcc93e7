// Looks that are kept: files that engine projects load, too.

import { $, api, h, say } from "./dom.js";
import * as board from "./board.js";

const FORMAT = "eyebrush-preset/1";

/** Read the list again. */
export async function load() {
  const { presets } = await api("GET", "presets");
  $("presets").replaceChildren(...presets.map(row));
}

/** Keep a preset's text that was dropped on the page. */
export async function take(text) {
  let name = "dropped";
  try {
    name = String(JSON.parse(text).name);
  } catch {
    // the desk says in which line
  }
  await attempt(() => api("PUT", `presets/${encodeURIComponent(name)}`, new Blob([text])));
}

function row({ name, preset, problem }) {
  const remove = h("button", { type: "button", className: "remove", "aria-label": `Delete the preset ${name}` }, "×");
  remove.addEventListener("click", () => attempt(() => api("DELETE", `presets/${name}`)));
  if (problem) return h("li", {}, h("p", { className: "problem" }, problem), remove);
  const mix = preset.mix.map((part) => part.style).join(" + ");
  const apply = h("button", { type: "button", className: "apply" }, name, h("span", {}, `${mix}, ${Math.round(100 * preset.strength)} %`));
  apply.addEventListener("click", () => board.askFor(preset));
  const file = h("a", { href: `api/presets/${name}`, download: `${name}.json`, "aria-label": `Download ${name}.json`, title: "As a file" }, "↓");
  return h("li", {}, apply, file, remove);
}

async function attempt(action) {
  try {
    await action();
    say("");
    return true;
  } catch (error) {
    say(error.message);
    return false;
  }
}

$("save").addEventListener("submit", async (event) => {
  event.preventDefault();
  const look = board.current();
  if (!look?.mix.length) return say("got a style of the engine's own; wanted one by name; fix: choose a style first");
  const name = $("preset-name").value;
  const saved = await attempt(() => api("PUT", `presets/${name}`, { format: FORMAT, name, ...look }));
  if (saved) $("preset-name").value = "";
});
