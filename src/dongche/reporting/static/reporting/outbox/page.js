// The outbox of the report page. A report is written on the phone first and sent then, so that neither a network that is
// away nor an answer that gets lost can lose it or store it twice. Without this file the form is sent as any other.
import { answersOf, clearErrors, fill, showErrors } from "./form.js";
import { drawList, pieceOf, wordsOf } from "./list.js";
import { sendAll, waits } from "./sending.js";
import { allEntries, changeEntry, entryOf, hasKey, putEntry, readSetting, removeEntry, writeSetting } from "./store.js";
import { dayInWords, dayOf, daysUntil } from "./times.js";

const section = document.querySelector("[data-outbox]");
const form = document.querySelector("form[data-once]");
const button = form.querySelector(".go button");
const net = document.querySelector("[data-net]");
const days = document.querySelector("[data-days]");
const { address, place, knew, today, now, worker, copy: isCopy, keep, back } = section.dataset;
const language = document.documentElement.lang;
const say = wordsOf(section);
let offset = 0; // what must be added to the phone's clock to make it the server's, as it was at the last visit
let correcting = null;
let timer;
let isBusy = false;

const ready = start();
ready.catch(() => tell("no_storage"));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isBusy) submit();
});
form.addEventListener("input", () => (button.disabled = false));
addEventListener("online", () => {
  quiet();
  wake();
});
addEventListener("offline", () => tell("offline"));
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
const wake = () => ready.then(send, () => {}); // a phone that keeps nothing has nothing to send

async function start() {
  if (isCopy) {
    offset = (await readSetting("offset")) ?? 0;
    askForDay();
  } else {
    offset = Date.parse(now) - Date.now();
    await writeSetting("offset", offset);
  }
  if ("BroadcastChannel" in window) new BroadcastChannel("dongche-outbox").onmessage = draw;
  await tidy();
  await draw();
  keepPage().catch(() => {});
  if (!navigator.onLine || isCopy) tell("offline");
  send();
}

async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(worker, { type: "module", updateViaCache: "none" });
  const registration = await navigator.serviceWorker.ready;
  if (!isCopy) registration.active.postMessage({ keep: address, language });
}

// Received reports are shown for some days. With a new code of the same place, what waits goes by the new one.
async function tidy() {
  const oldest = Date.now() - keep * 86_400_000;
  for (const entry of await allEntries()) {
    if (entry.state === "received" && entry.receivedAt < oldest) await removeEntry(entry.order);
    else if (entry.place === place && entry.address !== address && entry.state !== "received") {
      const again = entry.problem?.code === "reporting.code_revoked" ? { state: "waiting", problem: null, tries: 0 } : {};
      await changeEntry(entry.order, { address, ...again });
    }
  }
}

async function submit() {
  isBusy = true;
  button.disabled = true;
  clearErrors(form);
  let order;
  try {
    await ready;
    order = await write();
  } catch {
    return sendPlainly();
  }
  form.querySelector(".sure")?.remove();
  navigator.storage?.persist?.();
  navigator.serviceWorker?.ready.then((registration) => registration.sync?.register("outbox")).catch(() => {});
  await draw();
  await send();
  isBusy = false;
  const entry = await entryOf(order);
  if (entry?.state === "received") return location.assign(entry.receiptAddress);
  if (entry?.state === "refused") return correct(entry);
  section.scrollIntoView({ block: "center" });
}

async function write() {
  const on = days && !days.hidden ? days.querySelector("select").value : form.elements.on.value;
  const given = form.elements.key.value;
  const old = correcting === null ? null : await entryOf(correcting);
  correcting = null;
  const filledAt = Date.now() + offset;
  const entry = {
    key: old?.key ?? (isCopy || (await hasKey(given)) ? newKey() : given),
    place, address, language, on, filledAt, offset,
    dayFrom: isCopy ? "phone" : "server",
    knew: await newest(on),
    holds: "",
    answers: answersOf(form),
    state: "waiting", tries: 0, nextAt: 0, problem: null,
  };
  if (old) entry.order = old.order;
  return putEntry(entry);
}

// The report of the day that this phone has seen: the one on the page, or a later one of its own.
async function newest(on) {
  const own = (await allEntries()).filter((entry) => entry.place === place && entry.on === on && entry.number);
  const shown = !isCopy && on === form.elements.on.value ? Number(knew) : 0;
  return Math.max(shown, ...own.map((entry) => entry.number));
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

// The phone keeps nothing (a private window, no room left): the form goes its ordinary way, if there is a network.
function sendPlainly() {
  isBusy = false;
  button.disabled = false;
  tell(navigator.onLine && !isCopy ? "no_storage" : "not_kept");
  if (navigator.onLine && !isCopy) form.submit();
}

async function send() {
  await ready;
  clearTimeout(timer);
  const waiting = (await allEntries()).filter(waits);
  if (!waiting.length) return;
  if (navigator.onLine) tell("sending_now");
  await sendAll({ now: true });
  await draw();
}

async function draw() {
  const entries = await allEntries();
  drawList(section, entries.filter((entry) => entry.place === place).reverse(), language, act);
  const waiting = entries.filter(waits);
  if (!waiting.length && !document.body.classList.contains("offline")) quiet();
  else if (waiting.some((entry) => entry.state === "waiting" && entry.tries)) tell(navigator.onLine ? "unreachable" : "offline");
  clearTimeout(timer);
  if (waiting.length) {
    const next = Math.min(...waiting.map((entry) => entry.nextAt));
    timer = setTimeout(() => sendAll().then(draw), Math.max(1000, next - Date.now()));
  }
}

function quiet() {
  net.hidden = true;
  document.body.classList.remove("offline");
}

function tell(word) {
  net.textContent = say(word);
  net.hidden = false;
  document.body.classList.toggle("offline", word === "offline" || word === "unreachable");
}

// The page that was kept may be opened on a later day; which day it is then, only the phone's clock can tell.
function askForDay() {
  const here = dayOf(Date.now() + offset);
  const select = days.querySelector("select");
  for (const day of daysUntil(here, Number(back) + 1)) select.append(new Option(dayInWords(day, language), day));
  days.querySelector("[data-kept-on]").textContent = say("kept_on", { day: dayInWords(today, language) });
  days.hidden = false;
}

function correct(entry) {
  fill(form, entry.answers);
  correcting = entry.order;
  button.disabled = false;
  const isAsked = entry.problem?.errors?.some((error) => error.code.endsWith("_jumped"));
  if (isAsked && !form.querySelector(".sure")) button.before(pieceOf(section, "sure"));
  if (!entry.problem?.errors || !showErrors(form, entry.problem.errors)) section.scrollIntoView({ block: "center" });
}

const act = {
  correct,
  async remove(entry) {
    await removeEntry(entry.order);
    await draw();
  },
  async decide(entry, holds) {
    await changeEntry(entry.order, { holds, knew: entry.problem.knew, state: "waiting", problem: null, nextAt: 0 });
    await send();
  },
  async chooseDay(entry, on) {
    const knows = await newest(on);
    const changes = { on, knew: knows, dayFrom: "person", state: "waiting", problem: null, nextAt: 0 };
    await changeEntry(entry.order, changes);
    await send();
  },
};
