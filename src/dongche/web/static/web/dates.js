// A browser writes the day of a date field in its own language, not in the page's. Here the field shows it in the words of
// the page until somebody edits it, and a click anywhere in it opens the calendar.
const LOCALES = { en: "en-GB" };

function show(field, shown) {
  const language = document.documentElement.lang;
  const words = new Intl.DateTimeFormat(LOCALES[language] ?? language, { dateStyle: "long", timeZone: "UTC" });
  shown.textContent = field.value ? words.format(new Date(`${field.value}T00:00Z`)) : "";
}

export function attachDates(root) {
  for (const field of root.querySelectorAll("input[type=date]:not([data-ready])")) {
    field.dataset.ready = "";
    const frame = Object.assign(document.createElement("span"), { className: "dc-date" });
    const shown = Object.assign(document.createElement("span"), { className: "dc-date-shown", ariaHidden: "true" });
    field.replaceWith(frame);
    frame.append(field, shown);
    show(field, shown);
    for (const event of ["input", "change"]) field.addEventListener(event, () => show(field, shown));
    field.addEventListener("click", () => {
      try {
        field.showPicker();
      } catch {
        // A browser without the method, or without a gesture, keeps its own way.
      }
    });
  }
}
