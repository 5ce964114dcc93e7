// What each frame and field took, against the headset's budget.

import { $, h, write } from "./dom.js";

const SPAN_MS = 10000;
const COLOURS = {
  composite: "#f2b35e", upload: "#c58a56", other: "#8b7bd8",
  ingest: "#5f8fd6", tone: "#b58fe0", network: "#78c7bd", calm: "#d98aa4", strokes: "#d98aa4",
};
const canvas = $("times");
const paint = canvas.getContext("2d");
let samples = [];
let budget = null;

/** New samples of a session. */
export function add(fresh, budgetMs) {
  budget = budgetMs;
  samples.push(...fresh);
  const newest = samples.at(-1)?.at_ms ?? 0;
  samples = samples.filter((sample) => sample.at_ms > newest - SPAN_MS);
  requestAnimationFrame(draw);
}

export function clear() {
  samples = [];
  requestAnimationFrame(draw);
}

const total = (stages) => Object.values(stages).reduce((sum, ms) => sum + ms, 0);

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  paint.setTransform(ratio, 0, 0, ratio, 0, 0);
  paint.clearRect(0, 0, width, height);
  const frames = samples.filter((sample) => Object.keys(sample.ms).length);
  const fields = samples.filter((sample) => sample.field_ms);
  const lanes = [];
  if (frames.length) lanes.push({ title: "each frame", rows: frames.map((s) => ({ ...s, stages: s.ms })), line: budget });
  if (fields.length) lanes.push({ title: "each field", rows: fields.map((s) => ({ ...s, stages: s.field_ms })), line: frames.length ? null : budget });
  const each = height / Math.max(1, lanes.length);
  lanes.forEach((lane, i) => drawLane(lane, i * each, each - (lanes.length > 1 ? 10 : 0), width));
  tellLegend(frames, fields);
}

/** Stacked bars over time, the budget as a line. */
function drawLane({ title, rows, line }, top, height, width) {
  const left = 52;
  const newest = samples.at(-1).at_ms;
  const values = rows.map((row) => total(row.stages));
  const most = 1.15 * Math.max(line ?? 0, quantile(values, 0.98), 1);
  const y = (ms) => top + height - (Math.min(ms, most) / most) * (height - 18);
  const wide = Math.max(1, Math.min(9, ((width - left) / SPAN_MS) * quantile(gaps(rows), 0.5) - 0.6));
  for (const row of rows) {
    const x = left + (1 - (newest - row.at_ms) / SPAN_MS) * (width - left) - wide;
    if (x < left) continue;
    let sum = 0;
    paint.globalAlpha = row.passed ? 0.35 : 1;
    for (const [stage, ms] of Object.entries(row.stages)) {
      paint.fillStyle = COLOURS[stage] ?? "#888";
      paint.fillRect(x, y(sum + ms), wide, y(sum) - y(sum + ms));
      sum += ms;
    }
    paint.globalAlpha = 1;
    if (row.late) {
      paint.fillStyle = "#ff8273";
      paint.fillRect(x, top + 14, Math.max(2, wide), 5);
    }
  }
  paint.font = "11px system-ui, sans-serif";
  paint.fillStyle = "#a3a6ae";
  paint.textAlign = "left";
  paint.fillText(title, left + 2, top + 10);
  paint.textAlign = "right";
  for (const ms of ticks(most)) {
    paint.fillText(`${ms} ms`, left - 6, y(ms) + 4);
    paint.fillStyle = "#ffffff12";
    paint.fillRect(left, y(ms), width - left, 1);
    paint.fillStyle = "#a3a6ae";
  }
  if (line === null || line === undefined) return;
  paint.strokeStyle = "#ece9e3";
  paint.setLineDash([5, 4]);
  paint.beginPath();
  paint.moveTo(left, y(line));
  paint.lineTo(width, y(line));
  paint.stroke();
  paint.setLineDash([]);
  paint.fillStyle = "#ece9e3";
  paint.shadowColor = "#000";
  paint.shadowBlur = 4;
  paint.fillText(`budget ${line.toFixed(1)} ms`, width - 4, y(line) - 5);
  paint.shadowBlur = 0;
}

const gaps = (rows) => rows.slice(1).map((row, i) => row.at_ms - rows[i].at_ms);

function ticks(most) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((ms) => most / ms <= 4) ?? 1000;
  return Array.from({ length: Math.floor(most / step) }, (_, i) => (i + 1) * step);
}

let toldAt = 0;

function tellLegend(frames, fields) {
  if (performance.now() < toldAt + 500) return;
  toldAt = performance.now();
  const stages = new Map();
  for (const [rows, key] of [[frames, "ms"], [fields, "field_ms"]]) {
    for (const row of rows) {
      for (const [stage, ms] of Object.entries(row[key])) stages.set(stage, [...(stages.get(stage) ?? []), ms]);
    }
  }
  $("legend").replaceChildren(...[...stages].map(([stage, values]) => {
    const dot = h("i");
    dot.style.background = COLOURS[stage] ?? "#888";
    return h("li", {}, dot, `${stage} `, h("b", {}, quantile(values, 0.5).toFixed(1)), ` (p99 ${quantile(values, 0.99).toFixed(1)}) ms`);
  }));
  const told = frames.length ? frames.map((s) => total(s.ms)) : fields.map((s) => total(s.field_ms));
  canvas.setAttribute("aria-label", told.length
    ? `Time of each stage over the last ten seconds: ${frames.length ? "frame" : "field"} median ${quantile(told, 0.5).toFixed(1)}, p99 ${quantile(told, 0.99).toFixed(1)} milliseconds`
    : "No times yet");
}

/** The counts beside the title, and why it is as it is. */
export function tell(session) {
  const { counts, governor, kind } = session;
  const parts = kind === "display"
    ? [`${(1000 / (session.budget_ms || Infinity)).toFixed(0)} Hz`, `${counts.late} late`, `${counts.passed} passed through`, `${counts.fields_per_s} fields/s`]
    : [`${counts.fields_per_s} fields/s`, `${counts.fields} fields`, `${counts.skipped} frames skipped`, `${counts.torn} torn`];
  if (session.judged) parts.push(`judge: better than ${Math.round(100 * session.judged.better_than)} % of good results`);
  if (session.accent?.toward) parts.push(`sound: strength × ${session.accent.strength.toFixed(2)}, ${Math.round(100 * session.accent.share)} % ${session.accent.toward}`);
  write($("rate"), parts.join(" · "));
  write($("why"), governor
    ? governor.last_change ? `Last change of the governor: ${governor.last_change}.` : "The governor has changed nothing so far."
    : "The engine owns the display loop: the governor has no say here, and the newest frame wins.");
}
