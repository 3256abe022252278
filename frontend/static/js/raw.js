// Shows texts as they were written, and back. The raw text of each lies behind it in a template, and what is folded
// away lies behind that; cards and answers that come later follow what was chosen. What marks or measures texts hears
// of it: `studio:reshown`.

const CHOSEN = "reading:raw";
const button = document.querySelector("[data-raw]");
const kept = new WeakMap();

let on = sessionStorage.getItem(CHOSEN) === "yes";

const isOther = ({ parentElement }) => parentElement && parentElement.classList.contains("is-raw") !== on;

function show(template) {
  const prose = template.parentElement;
  const before = document.createRange();
  before.setStart(prose, 0);
  before.setEndBefore(template);
  const shown = before.extractContents();
  if (on) kept.set(prose, shown);
  prose.prepend(on ? template.content.cloneNode(true) : kept.get(prose));
  prose.classList.toggle("is-raw", on);
}

function apply() {
  const found = [...document.querySelectorAll("template.raw")];
  button.hidden = !found.length;
  button.setAttribute("aria-pressed", String(on));
  const others = found.filter(isOther);
  others.forEach(show);
  if (others.length) document.dispatchEvent(new CustomEvent("studio:reshown"));
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
