// Sends what waits, in order, one at a time: from the page, and from the service worker when no page is open.
import { allEntries, changeEntry, entryOf } from "./store.js";

const PATIENCE = 20_000;
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 600_000;
const QUESTIONS = ["reporting.reported_meanwhile", "reporting.day_in_doubt"];
const channel = "BroadcastChannel" in self ? new BroadcastChannel("dongche-outbox") : null;
let before = Promise.resolve();

export const waits = (entry) => entry.state === "waiting" || entry.state === "sending";

// Two pages, or a page and the worker, must not send at once. It would store nothing twice (the keys see to that), but
// the order would be lost.
function alone(work) {
  if (navigator.locks) return navigator.locks.request("dongche-outbox", work);
  const mine = before.then(work);
  before = mine.catch(() => {});
  return mine;
}

// Gives how many still wait. With `now`, what was put off for a while is tried as well.
export function sendAll({ now = false } = {}) {
  return alone(async () => {
    const held = new Set();
    for (const { order } of await allEntries()) {
      const entry = await entryOf(order);
      if (!entry) continue;
      const day = `${entry.place} ${entry.on}`;
      if (entry.state === "asked") held.add(day);
      if (!waits(entry) || held.has(day) || held.has(entry.place)) continue;
      if (!now && entry.nextAt > Date.now()) {
        held.add(entry.place);
        continue;
      }
      await change(order, { state: "sending" });
      const answer = await send(entry);
      await change(order, { ...answer.changes });
      if (answer.changes.state === "received") await tellLater(entry, answer.changes.number);
      if (answer.changes.state === "asked") held.add(day);
      if (answer.isBusy) held.add(entry.place);
      if (answer.isAway) break;
    }
    return (await allEntries()).filter(waits).length;
  });
}

async function change(order, changes) {
  await changeEntry(order, changes);
  channel?.postMessage("changed");
}

// A later report of this phone for the same day corrects the one that has just been received, and knows it.
async function tellLater(sent, number) {
  for (const entry of await allEntries()) {
    const isLater = entry.order > sent.order && entry.place === sent.place && entry.on === sent.on;
    if (isLater && waits(entry)) await changeEntry(entry.order, { knew: number });
  }
}

async function send(entry) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(`${entry.address}outbox/`, {
      method: "POST",
      body: bodyOf(entry),
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      headers: { Accept: "application/json", "Accept-Language": entry.language },
      signal: stop.signal,
    });
    // A wall that asks for a sign-in to the network answers too, but not in JSON.
    const isOurs = response.headers.get("Content-Type")?.startsWith("application/json");
    return read(response, isOurs ? await response.json() : null, entry);
  } catch {
    return { changes: later(entry), isAway: true };
  } finally {
    clearTimeout(timer);
  }
}

function bodyOf(entry) {
  const body = new URLSearchParams(entry.answers);
  body.set("key", entry.key);
  body.set("on", entry.on);
  body.set("day_from", entry.dayFrom);
  body.set("knew", entry.knew);
  body.set("holds", entry.holds);
  if (entry.tries) body.set("waited", "1"); // nobody is in front of it any more who could be asked "is that right?"
  body.set("filled_at", new Date(entry.filledAt).toISOString());
  body.set("sent_at", new Date(Date.now() + entry.offset).toISOString());
  return body;
}

function read(response, said, entry) {
  if (response.ok && said?.receipt) {
    const { receipt, number, address, late } = said;
    const received = { state: "received", receivedAt: Date.now(), receipt, number, receiptAddress: address, late };
    return { changes: { ...received, problem: null } };
  }
  if (response.status === 429) {
    const seconds = Number(response.headers.get("Retry-After")) || 60;
    return { changes: { ...later(entry, seconds * 1000), problem: said }, isBusy: true };
  }
  if (response.status >= 500 || !said?.code) return { changes: later(entry), isAway: true };
  const state = QUESTIONS.includes(said.code) ? "asked" : "refused";
  return { changes: { state, problem: said, refusedAt: Date.now() } };
}

function later(entry, wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** entry.tries)) {
  const nextAt = Date.now() + wait * (1 + Math.random() / 4);
  return { state: "waiting", tries: entry.tries + 1, nextAt, problem: null };
}
