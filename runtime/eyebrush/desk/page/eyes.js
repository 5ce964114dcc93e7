// Both eyes, and the divider between what the engine drew and what is shown.

import { $ } from "./dom.js";
import { on } from "./live.js";

const canvas = $("eyes");
const stage = $("divider");
const paint = canvas.getContext("2d");
let share = 0.5; // of each eye that shows the plain picture
let eyes = 2;
let bitmap = null;
let decoding = false;

on("picture", async (blob) => {
  if (decoding) return; // the next one is newer
  decoding = true;
  try {
    const fresh = await createImageBitmap(blob);
    bitmap?.close();
    bitmap = fresh;
    $("nothing").hidden = true;
    draw();
  } finally {
    decoding = false;
  }
});

/** How many eyes the session has; they lie side by side in each picture. */
export function setEyes(count) {
  eyes = count || 2;
}

export function clear() {
  bitmap?.close();
  bitmap = null;
  paint.clearRect(0, 0, canvas.width, canvas.height);
  $("nothing").hidden = false;
}

/** The picture holds the eyes twice: before above after. */
function draw() {
  if (!bitmap) return;
  const [from, tall] = [bitmap.width / eyes, bitmap.height / 2]; // an eye in the picture
  const [width, height] = fit(bitmap.width / tall); // an eye on the page, in CSS pixels
  for (let eye = 0; eye < eyes; eye++) {
    const left = eye * width;
    const cut = width * share;
    const piece = (part, row) => {
      const [x, wide] = part;
      if (wide <= 0) return;
      const scale = from / width;
      paint.drawImage(bitmap, eye * from + x * scale, row * tall, wide * scale, tall, left + x, 0, wide, height);
    };
    piece([0, cut], 0);
    piece([cut, width - cut], 1);
    if (cut > 0 && cut < width) {
      paint.fillStyle = "#ffffffd8";
      paint.fillRect(left + cut - 1, 0, 2, height);
      knob(left + cut, height / 2);
    }
    label("before", left + 12, height, "left", cut > 70);
    label("after", left + width - 12, height, "right", width - cut > 60);
  }
  paint.fillStyle = "#060708";
  if (eyes === 2) paint.fillRect(width - 1.5, 0, 3, height);
}

/** Give the canvas the sharpness of the screen; returns the size of an eye in CSS pixels. */
function fit(aspect) {
  const ratio = window.devicePixelRatio || 1;
  const room = stage.clientWidth;
  const width = Math.min(room, 0.62 * window.innerHeight * aspect);
  const height = width / aspect;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    [canvas.width, canvas.height] = size;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  paint.setTransform(ratio, 0, 0, ratio, 0, 0);
  paint.imageSmoothingQuality = "high";
  return [width / eyes, height];
}

function knob(x, y) {
  paint.beginPath();
  paint.arc(x, y, 11, 0, 2 * Math.PI);
  paint.fillStyle = "#0d0e11cc";
  paint.fill();
  paint.lineWidth = 2;
  paint.strokeStyle = "#ffffffe0";
  paint.stroke();
  paint.fillStyle = "#ffffff";
  for (const side of [-1, 1]) {
    paint.beginPath();
    paint.moveTo(x + side * 7, y);
    paint.lineTo(x + side * 2.5, y - 4);
    paint.lineTo(x + side * 2.5, y + 4);
    paint.fill();
  }
}

function label(text, x, height, align, shown) {
  if (!shown) return;
  paint.font = "600 12px system-ui, sans-serif";
  paint.textAlign = align;
  paint.shadowColor = "#000";
  paint.shadowBlur = 5;
  paint.fillStyle = "#ffffffd8";
  paint.fillText(text, x, height - 11);
  paint.shadowBlur = 0;
}

function setShare(value) {
  share = Math.min(1, Math.max(0, value));
  stage.setAttribute("aria-valuenow", Math.round(100 * share));
  stage.setAttribute("aria-valuetext", `${Math.round(100 * share)} percent before`);
  draw();
}

function follow(event) {
  const box = canvas.getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width;
  if (x >= 0 && x <= 1) setShare(x === 1 ? 1 : (x * eyes) % 1);
}

addEventListener("resize", draw);
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  follow(event);
});
stage.addEventListener("pointermove", (event) => {
  if (stage.hasPointerCapture(event.pointerId)) follow(event);
});
stage.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageUp: 0.1, PageDown: -0.1 }[event.key];
  if (step) setShare(share + step);
  else if (event.key === "Home") setShare(0);
  else if (event.key === "End") setShare(1);
  else return;
  event.preventDefault();
});
