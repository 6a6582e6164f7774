// The wall keeps itself fresh: it asks for the panels now and then and puts them in when they have changed.
import { draw } from "../web/charts.js";

const EVERY = 20_000;
const main = document.querySelector("[data-panels]");
const clock = document.querySelector("[data-clock]");
const fresh = document.querySelector("[data-fresh]");
const stale = document.querySelector("[data-stale]");
let began = new Date(clock.dataset.now).getTime() - performance.now(); // the server's clock, not the television's
let { tag } = main.dataset;

const time = (seconds) =>
  new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Shanghai",
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
  }).format(new Date(began + performance.now()));

function drawAll() {
  // Text in a chart follows the size of the page, which follows the width of the screen.
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  document.documentElement.style.setProperty("--dc-chart-fs", String(Math.round(size * 0.95)));
  for (const element of main.querySelectorAll("[data-chart]")) draw(element);
}

function asOf() {
  for (const place of document.querySelectorAll("[data-as-of]")) place.textContent = time(false);
}

async function refresh() {
  let answer;
  try {
    answer = await fetch(main.dataset.panels, {
      cache: "no-store",
      headers: { "If-None-Match": tag },
      signal: AbortSignal.timeout(15_000),
    });
    if (!answer.ok && answer.status !== 304 && answer.status !== 410) throw new Error(answer.statusText);
  } catch {
    fresh.hidden = true;
    stale.hidden = false; // the figures stay, and say since when they are old
    return;
  }
  if (answer.status === 410) return location.reload(); // closed: the page asks for a code
  const now = new Date(answer.headers.get("Dongche-Now"));
  const dayBefore = new Date(began + performance.now()).toDateString();
  began = now.getTime() - performance.now();
  if (now.toDateString() !== dayBefore) return location.reload();
  if (answer.status === 200) {
    tag = answer.headers.get("ETag");
    main.innerHTML = await answer.text();
    drawAll();
  }
  fresh.hidden = false;
  stale.hidden = true;
  asOf();
}

drawAll();
setInterval(() => (clock.textContent = time(true)), 1000);
setInterval(refresh, EVERY);
addEventListener("online", refresh);
