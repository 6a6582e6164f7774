// The big − and + beside a number, and forms that send only once however often they are tapped.
export function attachSteppers(root) {
  for (const stepper of root.querySelectorAll("[data-stepper]:not([data-ready])")) {
    stepper.dataset.ready = "";
    const input = stepper.querySelector("input");
    for (const button of stepper.querySelectorAll("[data-step]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const lowest = input.min === "" ? -Infinity : Number(input.min);
        const highest = input.max === "" ? Infinity : Number(input.max);
        input.value = Math.min(highest, Math.max(lowest, Number(input.value || 0) + Number(button.dataset.step)));
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
  }
}

export function attachOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches?.("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    // After this turn: a disabled button would not be among the values sent.
    setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = true)));
  });
  // A page taken back out of the browser's memory may be sent again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("[data-once]")) {
      delete form.dataset.sent;
      form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = false));
    }
  });
}
