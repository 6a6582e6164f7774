// A list of rows by keyboard, and rows ticked many at once. Everything it does can be done without it.
const typing = "input:not([type=checkbox]), textarea, select, [contenteditable], summary, dialog[open] *";
const list = () => document.querySelector("[data-list]");
const rows = () => [...(list()?.querySelectorAll("tbody tr") ?? [])];
const ticks = () => [...(list()?.querySelectorAll("tbody input[type=checkbox]") ?? [])];
let last = null; // the box that was ticked last, where a shift-click begins

function count() {
  const words = document.querySelector("[data-chosen]");
  if (!words) return;
  words.dataset.none ??= words.textContent;
  const boxes = ticks();
  const chosen = boxes.filter((box) => box.checked).length;
  words.textContent = chosen ? `${words.dataset.some} ${chosen}` : words.dataset.none;
  const all = list()?.querySelector("[data-tick-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
}

function tick(box, isRange) {
  const boxes = ticks();
  if (isRange && last && boxes.includes(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const one of boxes.slice(from, to + 1)) one.checked = box.checked;
  }
  last = box;
  count();
}

function move(step) {
  const all = rows();
  const at = all.indexOf(document.activeElement?.closest?.("tr"));
  const row = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !list()) return;
  if (event.target.closest?.(typing) || document.querySelector("dialog[open]")) return;
  const row = document.activeElement?.closest?.("[data-list] tbody tr");
  const done = {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: row && (() => move(1)),
    ArrowUp: row && (() => move(-1)),
    "/": () => document.querySelector("[role=search] [type=search]")?.focus(),
    "?": () => document.getElementById("dc-keys")?.showModal(),
    Enter: row && event.target === row && (() => row.querySelector("a")?.click()),
    x: row && (() => row.querySelector("input[type=checkbox]")?.click()),
  }[event.key];
  if (!done) return;
  event.preventDefault();
  done();
}

document.addEventListener("keydown", key);
document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("[data-list] input[type=checkbox]")) return;
  if (box.matches("[data-tick-all]")) {
    for (const one of ticks()) one.checked = box.checked;
    count();
  } else tick(box, event.shiftKey);
});

export function draw(element) {
  last = null;
  const all = element.querySelector("[data-tick-all]");
  if (all) all.hidden = false;
  for (const hint of document.querySelectorAll("[data-keys]")) hint.hidden = false;
  count();
}
