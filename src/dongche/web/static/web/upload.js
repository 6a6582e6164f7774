// Files may be dropped on the frame of `web/drop.html`; its name and size are shown before anything is sent.
function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(0)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function attachDrops(root) {
  for (const frame of root.querySelectorAll("[data-drop]:not(.live)")) {
    const input = frame.querySelector("input[type=file]");
    const name = frame.querySelector("[data-drop-name]");
    if (!input) continue;
    frame.classList.add("live");
    const show = () => {
      name.textContent = [...input.files].map((file) => `${file.name} (${size(file.size)})`).join(", ");
      frame.classList.toggle("chosen", input.files.length > 0);
    };
    input.addEventListener("change", show);
    for (const kind of ["dragenter", "dragover"]) {
      frame.addEventListener(kind, (event) => {
        event.preventDefault();
        frame.classList.add("over");
      });
    }
    frame.addEventListener("dragleave", (event) => frame.contains(event.relatedTarget) || frame.classList.remove("over"));
    frame.addEventListener("drop", (event) => {
      event.preventDefault();
      frame.classList.remove("over");
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    show();
  }
}
