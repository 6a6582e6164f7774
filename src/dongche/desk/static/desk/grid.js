// The grid of reports by keyboard: arrows and Enter go from cell to cell, a block from Excel is pasted over several, and
// "same as yesterday" fills in what stood there the day before. Everything it does can be done without it.
const table = document.querySelector("[data-entry]");
const rows = () => [...table.tBodies[0].rows];
const cells = (row) => [...row.querySelectorAll("select, input[type=text]")];
const drawn = new Map();

function at(cell) {
  const row = cell.closest("tr");
  return [rows().indexOf(row), cells(row).indexOf(cell)];
}

function go(line, column) {
  const cell = rows()[line] && cells(rows()[line])[column];
  if (!cell) return false;
  cell.focus();
  cell.select?.();
  return true;
}

function put(cell, text) {
  if (cell.tagName === "SELECT") {
    const wanted = text.trim();
    const option = [...cell.options].find((one) => one.value === wanted || one.text.trim() === wanted);
    if (option) cell.value = option.value;
  } else {
    cell.value = text.trim();
  }
  cell.dispatchEvent(new Event("input", { bubbles: true }));
}

function paste(event) {
  const cell = event.target.closest?.("select, input[type=text]");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!cell || !table.contains(cell) || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
  event.preventDefault();
  const [line, column] = at(cell);
  const block = text.replace(/\r/g, "").replace(/\n$/, "").split("\n");
  block.forEach((words, down) => {
    const row = rows()[line + down];
    if (row) words.split("\t").forEach((word, right) => cells(row)[column + right] && put(cells(row)[column + right], word));
  });
}

function key(event) {
  const cell = event.target;
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !cell.matches("select, input[type=text]")) return;
  const [line, column] = at(cell);
  const isText = cell.tagName === "INPUT";
  const atStart = isText && cell.selectionStart === 0 && (cell.selectionEnd === 0 || cell.selectionEnd === cell.value.length);
  const atEnd = isText && cell.selectionEnd === cell.value.length && (cell.selectionStart === cell.value.length || cell.selectionStart === 0);
  const moved = {
    Enter: () => go(line + (event.shiftKey ? -1 : 1), column),
    ArrowDown: () => isText && go(line + 1, column),
    ArrowUp: () => isText && go(line - 1, column),
    ArrowLeft: () => (atStart || !isText) && go(line, column - 1),
    ArrowRight: () => (atEnd || !isText) && go(line, column + 1),
  }[event.key];
  // Enter never sends the whole sheet by accident.
  if (event.key === "Enter") event.preventDefault();
  if (moved?.()) event.preventDefault();
}

function same(box) {
  const row = box.closest("tr");
  for (const cell of cells(row)) {
    if (cell.name.endsWith("-note")) continue;
    if (box.checked) put(cell, cell.dataset.before);
    else if (cell.value === cell.dataset.before) put(cell, drawn.get(cell) ?? "");
  }
}

function count() {
  let changed = 0;
  for (const row of rows()) {
    const touched = cells(row).some((cell) => cell.value !== drawn.get(cell)) || !!row.querySelector(".dc-same input:checked");
    row.classList.toggle("dc-touched", touched);
    changed += touched;
  }
  const words = document.querySelector("[data-changed]");
  words.hidden = !changed;
  words.textContent = `${words.dataset.words} ${changed}`;
  return changed;
}

if (table) {
  for (const row of rows()) for (const cell of cells(row)) drawn.set(cell, cell.value);
  table.addEventListener("paste", paste);
  table.addEventListener("keydown", key);
  table.addEventListener("input", count);
  table.addEventListener("change", (event) => {
    if (event.target.closest(".dc-same")) same(event.target);
    else if (event.target.matches("[data-same-all]"))
      for (const box of table.querySelectorAll(".dc-same input")) {
        // Only where nothing has been entered or reported yet.
        const row = box.closest("tr");
        if (row.querySelector("[name$='-seen']").value !== "0" || box.checked === event.target.checked) continue;
        box.checked = event.target.checked;
        same(box);
      }
    count();
  });
  table.querySelector(".dc-all").hidden = false;
  let isSent = false;
  // The file of refused rows leaves the page as it is: the sheet may be sent afterwards.
  const form = table.closest("form");
  form.addEventListener("submit", (event) => {
    if (event.submitter?.matches("[data-again]")) setTimeout(() => {
      delete form.dataset.sent;
      form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = false));
    }, 500);
    else isSent = true;
  });
  addEventListener("beforeunload", (event) => !isSent && count() && event.preventDefault());
}
