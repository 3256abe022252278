// Explanations on hover and focus: `data-tip="…"`. The side bar's names when only its icons are shown: `data-tip-side`.

const tip = Object.assign(document.createElement("div"), { className: "tip", id: "tip", popover: "manual" });
tip.setAttribute("role", "tooltip");
document.body.append(tip);

const wordsOf = (target) =>
  target.dataset.tip ?? (target.querySelector("span")?.offsetWidth > 1 ? "" : target.dataset.tipSide);

let shown = null;

function show(target) {
  const words = wordsOf(target);
  if (!words) return;
  shown = target;
  tip.textContent = words;
  tip.showPopover();
  target.setAttribute("aria-describedby", "tip");
  place(target);
}

function place(target) {
  const at = target.getBoundingClientRect();
  const beside = "tipSide" in target.dataset;
  const left = beside ? at.right + 8 : at.left + at.width / 2 - tip.offsetWidth / 2;
  const above = at.top - tip.offsetHeight - 6;
  tip.style.left = `${Math.max(8, Math.min(left, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${beside ? at.top + (at.height - tip.offsetHeight) / 2 : above > 8 ? above : at.bottom + 6}px`;
}

function hide() {
  if (!shown) return;
  tip.hidePopover();
  shown.removeAttribute("aria-describedby");
  shown = null;
}

const tipped = (event) => event.target.closest?.("[data-tip], [data-tip-side]");
for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    hide();
    const target = tipped(event);
    if (target) show(target);
  });
}
for (const name of ["focusout", "keydown", "pointerdown"]) document.addEventListener(name, hide);
// Focus may have scrolled the page to what it explains: the tip goes along.
const follow = () => (shown === document.activeElement ? place(shown) : hide());
document.addEventListener("scroll", () => shown && follow(), { passive: true, capture: true });
