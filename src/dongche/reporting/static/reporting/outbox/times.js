// Days are days in Beijing, whatever zone the phone is set to.
const ZONE = "Asia/Shanghai";
const DAY = 86_400_000;

export function dayOf(instant) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" })
    .formatToParts(instant);
  const found = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return `${found.year}-${found.month}-${found.day}`;
}

export function clockOf(instant, language) {
  const style = { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language, style).format(instant);
}

export function dayInWords(day, language) {
  const style = { timeZone: "UTC", month: "long", day: "numeric" };
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, style).format(new Date(`${day}T00:00Z`));
}

export function daysUntil(day, count) {
  const last = Date.parse(`${day}T00:00Z`);
  return Array.from({ length: count }, (_, n) => new Date(last - n * DAY).toISOString().slice(0, 10));
}
