// The one script of the officers' pages. It holds no words: sentences come translated in the page.
import { attachConfirm } from "./dialog.js";
import { attachDrops } from "./upload.js";
import { attachDates } from "./dates.js";
import { attachOnce, attachSteppers } from "./stepper.js";

// Charts and maps are fetched only where the page has one, and drawn once.
function drawAll(root, selector, load) {
  const elements = [...root.querySelectorAll(`${selector}:not([data-ready])`)];
  for (const element of elements) element.dataset.ready = "";
  if (elements.length) load().then((module) => elements.forEach(module.draw));
}

function attachFigures(root) {
  drawAll(root, "[data-chart]", () => import("./charts.js"));
  drawAll(root, "[data-map]", () => import("./map.js"));
}

function attach(root) {
  attachFigures(root);
  drawAll(root, "[data-list]", () => import("./list.js"));
  attachDrops(root);
  attachSteppers(root);
  attachDates(root);
  for (const button of root.querySelectorAll("[data-print]")) button.hidden = false;
}

// Popovers and the phone menu close like menus do: a click elsewhere, or Escape.
function closeOpened(except) {
  for (const opened of document.querySelectorAll("details[data-close-outside][open]")) {
    if (!opened.contains(except)) opened.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeOpened(event.target);
  if (event.target.closest?.("[data-print]")) window.print();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const opened = document.activeElement?.closest?.("details[data-close-outside][open]");
  closeOpened(null);
  opened?.querySelector("summary")?.focus();
});
document.addEventListener(
  "toggle",
  (event) => {
    const popover = event.target.querySelector?.(":scope > .dc-pop");
    if (!popover || !event.target.open) return;
    popover.classList.remove("flip");
    popover.classList.toggle("flip", popover.getBoundingClientRect().right > document.documentElement.clientWidth - 8);
  },
  true,
);

// While an input method is composing, the letters typed are not yet the word looked for.
document.addEventListener("input", (event) => event.isComposing && event.stopImmediatePropagation(), true);
document.addEventListener("compositionend", (event) =>
  event.target.dispatchEvent(new InputEvent("input", { bubbles: true })),
);

// Empty filters stay out of the address, with htmx and without.
document.addEventListener("formdata", (event) => {
  if (event.target.matches("[data-drop-empty]")) dropEmpty(event.formData);
});
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (sourceElement.matches("[data-drop-empty]") && request.body) dropEmpty(request.body);
});
function dropEmpty(data) {
  for (const [name, value] of [...data]) if (value === "") data.delete(name);
}

// A request that never reached the server says so in the page's own words.
document.addEventListener("htmx:error", () => {
  const area = document.getElementById("dc-messages");
  const text = document.getElementById("dc-offline");
  if (area && text) area.replaceChildren(text.content.cloneNode(true));
});
document.addEventListener("htmx:after:process", (event) => attach(event.target));

attachConfirm();
attachOnce();
attach(document);
