// A look described in words: what is found, why, and what else comes near.

import { $, api, h, write } from "./dom.js";
import * as board from "./board.js";
import { wish } from "./live.js";

const percent = (share) => `${Math.round(100 * share)} %`;
let asked = 0; // a later question makes earlier answers stale

$("words").addEventListener("submit", async (event) => {
  event.preventDefault();
  asked += 1;
  const number = asked;
  tell("Looking …");
  try {
    const found = await api("GET", `find?text=${encodeURIComponent($("words-text").value)}`);
    if (number !== asked) return;
    wish({ style: found.use });
    tell(reason(found), found.near.filter((match) => !match.share));
  } catch (error) {
    if (number === asked) tell(error.message, [], true);
  }
});

function reason({ near, words }) {
  const mixed = near.filter((match) => match.share).map((match) => `${percent(match.share)} ${match.name} (${match.because})`);
  const moved = Object.entries(words).map(([word, does]) => `${word}: ${does}`);
  return [mixed.join(" + "), ...moved].join("; ");
}

function tell(text, others = [], failed = false) {
  write($("words-said"), text);
  $("words-said").classList.toggle("said", failed);
  const buttons = others.map((match) => {
    const button = h("button", { type: "button", className: "quiet", title: match.because }, match.name);
    button.addEventListener("click", () => board.only(match.name));
    return h("li", {}, button);
  });
  $("words-near").replaceChildren(...(buttons.length ? [h("li", {}, "near, too:"), ...buttons] : []));
}
