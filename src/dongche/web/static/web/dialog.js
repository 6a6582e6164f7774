// Asking before something that cannot be undone: <form data-confirm="id of a dialog">, <form data-confirm-sentence="…">,
// or htmx's hx-confirm="sentence".
function ask(dialog) {
  return new Promise((resolve) => {
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
}

export function attachConfirm() {
  const agreed = new WeakSet();
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      const sentence = form.dataset?.confirmSentence;
      const dialog = document.getElementById(sentence ? "dc-confirm" : (form.dataset?.confirm ?? ""));
      if (!dialog || agreed.has(form)) return;
      if (sentence) dialog.querySelector("[data-confirm-text]").textContent = sentence;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      if (await ask(dialog)) {
        agreed.add(form);
        form.requestSubmit(submitter);
        agreed.delete(form);
      }
    },
    true,
  );
  document.addEventListener("htmx:confirm", async (event) => {
    const dialog = document.getElementById("dc-confirm");
    const sentence = event.detail.ctx?.confirm;
    if (!dialog || !sentence) return;
    event.preventDefault();
    dialog.querySelector("[data-confirm-text]").textContent = sentence;
    if (await ask(dialog)) event.detail.issueRequest();
    else event.detail.dropRequest();
  });
}
