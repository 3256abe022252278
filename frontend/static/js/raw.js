// Shows texts as they were written, and back. The raw text of each lies beside it in a template; cards and answers that
// come later follow what was chosen.

const CHOSEN = "reading:raw";
const button = document.querySelector("[data-raw]");
const kept = new WeakMap();

let on = sessionStorage.getItem(CHOSEN) === "yes";

function show(template) {
  const prose = template.parentElement;
  if (!prose || prose.classList.contains("is-raw") === on) return;
  if (on) {
    const rendered = document.createDocumentFragment();
    for (const node of [...prose.childNodes]) if (node !== template) rendered.append(node);
    kept.set(prose, rendered);
    prose.prepend(template.content.cloneNode(true));
  } else {
    for (const node of [...prose.childNodes]) if (node !== template) node.remove();
    prose.prepend(kept.get(prose));
  }
  prose.classList.toggle("is-raw", on);
}

function apply() {
  const found = document.querySelectorAll("template.raw");
  button.hidden = !found.length;
  button.setAttribute("aria-pressed", String(on));
  for (const template of found) show(template);
}

function toggle() {
  on = !on;
  sessionStorage.setItem(CHOSEN, on ? "yes" : "no");
  apply();
}

if (button) {
  button.addEventListener("click", toggle);
  new MutationObserver(apply).observe(document.querySelector("main"), { childList: true, subtree: true });
  apply();
}
