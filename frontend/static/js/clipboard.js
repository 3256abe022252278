// `data-copies="text"` copies it; every code block gets a button that copies the block.
import { toast } from "./toast.js";

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.", { stays: 1500 });
  } catch (error) {
    if (!(error instanceof DOMException) && !(error instanceof TypeError)) throw error;
    toast("The browser did not allow copying. Select the text and press Ctrl-C.", { tone: "bad" });
  }
}

function equip(root) {
  for (const block of root.querySelectorAll(".code:not(:has(> .copy))")) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "button small copy",
      textContent: "Copy",
    });
    button.addEventListener("click", () => copy(block.querySelector("pre").textContent));
    block.append(button);
  }
}

document.addEventListener("click", ({ target }) => {
  const source = target.closest("[data-copies]");
  if (source) copy(source.dataset.copies);
});
document.addEventListener("htmx:load", ({ target }) => equip(target));
equip(document);
