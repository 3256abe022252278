// Short messages at the corner. With `act` they carry one button (such as Undo), and say how long that is there.

const STAYS = 6000;
// What can be undone can be thought over.
const STAYS_WITH_UNDO = 30_000;

export function toast(words, { tone = "", act, onAct, stays = STAYS } = {}) {
  const box = document.createElement("div");
  box.className = "toast";
  if (tone) box.append(element("span", `dot ${tone}`));
  box.append(element("span", "", words));
  const close = () => box.remove();
  if (act) box.append(button(act, () => (onAct(), close())), until(stays));
  box.append(button("Close", close));
  document.getElementById("toasts").append(box);
  fade(box, stays);
  return close;
}

function fade(box, stays) {
  let timer;
  const wait = () => (timer = setTimeout(() => box.remove(), stays));
  // Nobody loses a message that is being read, or whose button has the focus.
  for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) {
    box.addEventListener(name, () => {
      clearTimeout(timer);
      if (!box.matches(":hover, :focus-within")) wait();
    });
  }
  wait();
}

const until = (stays) => element("span", "stays", `for ${stays / 1000} s`);

function element(name, className, words = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = words;
  return made;
}

function button(words, onClick) {
  const made = element("button", "button", words);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

for (const box of document.querySelectorAll("[data-toast]")) {
  const stays = box.querySelector("form") ? STAYS_WITH_UNDO : STAYS;
  box.querySelector("form")?.append(until(stays));
  box.append(button("Close", () => box.remove()));
  fade(box, stays);
}
