// Digits press the buttons of the call that has the focus, arrow keys go to the next one; each works without this too.

function move(from, by) {
  const calls = [...document.querySelectorAll("[data-call]")];
  const next = calls[calls.indexOf(from) + by];
  next?.querySelector("button")?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  const call = event.target.closest("[data-call]");
  if (!call) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(call, event.key === "ArrowDown" ? 1 : -1);
  } else if (/^[1-9]$/.test(event.key)) {
    call.querySelectorAll("button[name=finding]")[Number(event.key) - 1]?.click();
  }
});

// After a call the address names the next one: it gets the focus, so that a digit is enough. Going to the fragment takes
// the focus away, so this comes after it.
window.addEventListener("load", () => {
  const asked = document.getElementById(location.hash.slice(1));
  if (asked?.matches("[data-call]")) setTimeout(() => asked.querySelector("button")?.focus(), 0);
});
