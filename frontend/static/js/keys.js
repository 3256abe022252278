// A key presses a visible button: `data-key="j"`, `data-key="g p"` (one after the other), `data-key="b|Shift+B"` (either).
// Mouse, keyboard and screen reader share one path, and `?` shows whatever the page has.

const PATIENCE = 1200;
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space" };
const PLACES = "Go to";

let begun = "";
let timer;

export function combination(event) {
  const modifiers = [event.ctrlKey && "Ctrl", event.metaKey && "Meta", event.altKey && "Alt"].filter(Boolean);
  // Shift is named only where it does not already change the character.
  if (event.shiftKey && (event.key.length > 1 || /\d/.test(event.code.at(-1)))) modifiers.push("Shift");
  return [...modifiers, event.shiftKey && event.code.startsWith("Digit") ? event.code.at(-1) : event.key].join("+");
}

// The buttons of the page that a person could press now, by key.
export function table() {
  const scope = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
  const found = new Map();
  for (const button of scope.querySelectorAll("[data-key]")) {
    if (!usable(button)) continue;
    for (const key of button.dataset.key.split("|")) if (!found.has(key)) found.set(key, button);
  }
  return found;
}

export const label = (button) =>
  button.dataset.keyLabel ?? button.getAttribute("aria-label") ?? button.textContent.replace(/\s+/g, " ").trim();

function usable(button) {
  if (button.disabled || button.getAttribute("aria-disabled") === "true") return false;
  // Entries of a closed menu can still be pressed by key.
  return button.checkVisibility() || Boolean(button.closest("details.menu"));
}

function typing({ target }) {
  return target.isContentEditable || target.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select");
}

function press(event) {
  if (event.defaultPrevented || event.isComposing || typing(event)) return;
  const pressed = combination(event);
  if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const known = table();
  const wanted = begun ? `${begun} ${pressed}` : pressed;
  const button = known.get(wanted);
  clearTimeout(timer);
  begun = "";
  if (button) {
    event.preventDefault();
    echo(button);
    button.click();
  } else if ([...known.keys()].some((key) => key.startsWith(`${wanted} `))) {
    begun = wanted;
    timer = setTimeout(() => (begun = ""), PATIENCE);
  }
}

// What was pressed is seen.
function echo(button) {
  button.classList.add("is-echoed");
  setTimeout(() => button.classList.remove("is-echoed"), 150);
}

function sheet() {
  const groups = new Map();
  for (const [key, button] of table()) {
    const title = key.startsWith("g ") ? PLACES : (button.closest("[data-keys-title]")?.dataset.keysTitle ?? "On this page");
    groups.set(title, [...(groups.get(title) ?? []), [key, label(button)]]);
  }
  const order = [...groups].sort(([one], [other]) => (one === PLACES) - (other === PLACES));
  document.querySelector("[data-keys]").replaceChildren(...order.map(([title, rows]) => section(title, rows)));
}

function section(title, rows) {
  const made = document.createElement("section");
  const list = document.createElement("ul");
  list.className = "keys-list";
  for (const [key, words] of rows) {
    const row = document.createElement("li");
    const shown = Object.assign(document.createElement("span"), { className: "combination" });
    for (const part of key.split(/[ +](?=.)/)) {
      shown.append(Object.assign(document.createElement("kbd"), { textContent: NAMES[part] ?? part }));
    }
    row.append(Object.assign(document.createElement("span"), { textContent: words }), shown);
    list.append(row);
  }
  made.append(Object.assign(document.createElement("h3"), { textContent: title }), list);
  return made;
}

document.addEventListener("keydown", press);
document.addEventListener("studio:opening", ({ target }) => target.id === "keys" && sheet());
