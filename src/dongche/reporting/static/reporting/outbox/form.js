// The form of the day: its answers as pairs, an entry put back into it, and refusals beside their questions.
const LEFT_OUT = ["csrfmiddlewaretoken", "key", "on"];

export function answersOf(form) {
  return [...new FormData(form)].filter(([name]) => !LEFT_OUT.includes(name));
}

export function fill(form, answers) {
  for (const field of form.elements) {
    if (!field.name || LEFT_OUT.includes(field.name)) continue;
    const given = answers.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
    else field.value = given[0] ?? "";
  }
}

export function showErrors(form, errors) {
  clearErrors(form);
  let first = null;
  for (const { field: name, message } of errors) {
    const field = form.querySelector(`[name="${name}"]:not([type=hidden])`);
    const panel = field?.closest(".panel:not(details)");
    if (!panel) continue;
    panel.closest("details")?.setAttribute("open", "");
    panel.classList.add("wrong");
    const told = document.createElement("div");
    told.className = "dc-error";
    told.id = `refused-${name}`;
    const text = document.createElement("p");
    text.textContent = message;
    told.append(text);
    panel.append(told);
    field.setAttribute("aria-describedby", told.id);
    field.setAttribute("aria-invalid", "true");
    first ??= field;
  }
  first?.focus();
  return first !== null;
}

export function clearErrors(form) {
  form.querySelectorAll(".dc-error").forEach((old) => old.remove());
  form.querySelectorAll(".panel.wrong").forEach((panel) => panel.classList.remove("wrong"));
  form.querySelectorAll("[aria-invalid]").forEach((field) => {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  });
}
