// What is on this phone for the place of the page, entry by entry, each with its exact state and what can be done.
import { waits } from "./sending.js";
import { clockOf, dayInWords } from "./times.js";

export function drawList(section, entries, language, act) {
  const say = wordsOf(section);
  const piece = (name) => pieceOf(section, name);
  const count = entries.filter(waits).length;
  section.hidden = entries.length === 0;
  section.querySelector("[data-count]").textContent = count ? say("count", { count }) : "";
  section.querySelector("ul").replaceChildren(...entries.map((entry) => row(entry, { say, piece, language, act })));
}

export function pieceOf(section, name) {
  return section.querySelector(`template[data-piece=${name}]`).content.firstElementChild.cloneNode(true);
}

export function wordsOf(section) {
  const words = section.querySelector("template[data-words]").content;
  return (name, values = {}) =>
    words.querySelector(`[data-word=${name}]`).textContent.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function row(entry, tools) {
  const { say, piece, language, act } = tools;
  const item = piece("entry");
  const put = (name, text) => (item.querySelector(`[data-${name}]`).textContent = text);
  item.dataset.state = entry.state;
  item.dataset.tries = entry.tries;
  put("when", say("when", { day: dayInWords(entry.on, language), time: clockOf(entry.filledAt, language) }));
  put("what", inShort(entry, say));
  put("state", stateOf(entry, say));
  const told = item.querySelector("[data-told]");
  for (const text of sentences(entry, say)) {
    const line = document.createElement("p");
    line.textContent = text;
    told.append(line);
  }
  if (entry.state === "received") {
    item.querySelector("[data-delete]").remove();
    return item;
  }
  const question = questionOf(entry, tools);
  if (question) item.querySelector("[data-delete]").before(question);
  item.querySelector("[data-delete] button").addEventListener("click", () => act.remove(entry));
  return item;
}

function questionOf(entry, tools) {
  if (entry.problem?.rows) return comparison(entry, tools);
  if (entry.problem?.days) return dayQuestion(entry, tools);
  if (entry.state !== "refused") return null;
  const correct = tools.piece("correct");
  correct.addEventListener("click", () => tools.act.correct(entry));
  return correct;
}

function inShort(entry, say) {
  const given = Object.fromEntries(entry.answers);
  return given.staff_at_post ? say("at_post", { count: given.staff_at_post }) : say(given.state || "closed");
}

function stateOf(entry, say) {
  if (entry.state === "received") return say(entry.late ? "received_late" : "received", { receipt: entry.receipt });
  return say(entry.state);
}

function sentences(entry, say) {
  if (entry.state === "received" || !entry.problem) return [];
  if (entry.problem.errors) return [...entry.problem.errors.map((error) => error.told), say("kept")];
  return entry.state === "refused" ? [entry.problem.message, say("kept")] : [entry.problem.message];
}

function comparison(entry, { say, piece, act }) {
  const box = piece("compare");
  const body = box.querySelector("tbody");
  for (const { label, mine, theirs } of entry.problem.rows) {
    const line = piece("row");
    const cells = line.children;
    cells[0].textContent = label;
    cells[1].textContent = mine || say("nothing");
    cells[2].textContent = theirs || say("nothing");
    line.classList.toggle("differs", mine !== theirs);
    body.append(line);
  }
  box.querySelector("[data-mine]").addEventListener("click", () => act.decide(entry, "mine"));
  box.querySelector("[data-theirs]").addEventListener("click", () => act.decide(entry, "theirs"));
  return box;
}

function dayQuestion(entry, { piece, act }) {
  const box = piece("days");
  const select = box.querySelector("select");
  for (const { on, label } of entry.problem.days) select.append(new Option(label, on, false, on === entry.problem.meant));
  box.querySelector("button").addEventListener("click", () => act.chooseDay(entry, select.value));
  return box;
}
