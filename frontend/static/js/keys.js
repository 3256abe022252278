// A key presses a visible button: `data-key="j"`, `data-key="g p"` (one after the other), `data-key="b|Shift+B"`
// (either). Mouse, keyboard and screen reader share one path, and `?` shows whatever the page has.

const PATIENCE = 1200;
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space" };
const PLACES = "Go to";
const PLACES_OF_SIGNS = { Equal: "=", Slash: "/", Comma: ",", BracketLeft: "[", BracketRight: "]" };

let begun = "";
let timer;

// The character that was typed, without Caps Lock; then what a US keyboard has at that place, where the layout is
// another: so `u` and `1` also lie on Cyrillic, Greek and AZERTY, and under an input method.
export function combinations(event) {
  // What a browser fills in by itself comes without a key.
  if (!event.key || isOff(event)) return [];
  const typed = event.key.length === 1 ? cased(event.key, event.shiftKey) : event.key;
  const found = [combined(event, typed)];
  if (isForeign(event.code, typed)) found.push(combined(event, cased(placeOf(event.code), event.shiftKey)));
  // On AZERTY digits are typed with Shift.
  if (event.shiftKey && /^\d$/.test(typed)) found.push(typed);
  return found;
}

// A person may turn single characters off (WCAG 2.1.4): who dictates would press buttons with each word.
const isOff = ({ key, ctrlKey, metaKey, altKey }) =>
  document.documentElement.dataset.singleKeys === "off" && /^\S$/u.test(key) && !(ctrlKey || metaKey || altKey);

const cased = (letter, shifted) => (shifted ? letter.toUpperCase() : letter.toLowerCase());

function combined({ ctrlKey, metaKey, altKey, shiftKey }, key) {
  // Shift is named only where it does not already change the character.
  const isNamed = shiftKey && (key.length > 1 || /\d/.test(key));
  return [ctrlKey && "Ctrl", metaKey && "Meta", altKey && "Alt", isNamed && "Shift", key].filter(Boolean).join("+");
}

// Letters of ASCII are taken as they are: on Dvorak, the key that says `s` is `s`. Layouts of Latin letters have all
// signs at other places, and accents where a US keyboard has `=`: there a sign is only what it says, and an accent says
// nothing.
function isForeign(code, typed) {
  if (!placeOf(code) || typed === "Dead" || /^[a-z0-9]$/i.test(typed)) return false;
  if (code.startsWith("Digit") || typed.length > 1) return true;
  return code.startsWith("Key") ? /[^ -~]/.test(typed) : /(?!\p{Script=Latin})\p{L}/u.test(typed);
}

// Of a code such as KeyU or Digit1: u, 1. Empty where the place is named for what it does, such as Enter.
const placeOf = (code) => /^(?:Key|Digit)(.)$/.exec(code)?.[1].toLowerCase() ?? PLACES_OF_SIGNS[code] ?? "";

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
  return target.isContentEditable ||
    target.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select");
}

function press(event) {
  if (event.defaultPrevented || event.isComposing || typing(event)) return;
  if (["Shift", "Control", "Alt", "Meta", "CapsLock"].includes(event.key)) return;
  const known = table();
  const wanted = combinations(event).map((pressed) => (begun ? `${begun} ${pressed}` : pressed));
  const button = wanted.map((keys) => known.get(keys)).find(Boolean);
  if (event.repeat) return again(button, event);
  clearTimeout(timer);
  begun = "";
  if (button) {
    event.preventDefault();
    echo(button);
    button.click();
  } else {
    begin(wanted.find((keys) => [...known.keys()].some((key) => key.startsWith(`${keys} `))));
  }
}

// A held key presses nothing again and again, but where a button says that it may: to scroll.
function again(button, event) {
  const isAct = button ?? (event.key === "Enter" && event.target.closest?.("button, a, summary"));
  if (isAct) event.preventDefault();
  if (button && "keyRepeats" in button.dataset) button.click();
}

function begin(keys) {
  if (!keys) return;
  begun = keys;
  timer = setTimeout(() => (begun = ""), PATIENCE);
}

// What was pressed is seen.
function echo(button) {
  button.classList.add("is-echoed");
  setTimeout(() => button.classList.remove("is-echoed"), 150);
}

function sheet(place) {
  const groups = new Map();
  for (const [key, button] of table()) {
    const title = key.startsWith("g ")
      ? PLACES
      : (button.closest("[data-keys-title]")?.dataset.keysTitle ?? "On this page");
    groups.set(title, [...(groups.get(title) ?? []), [key, label(button)]]);
  }
  const order = [...groups].sort(([one], [other]) => (one === PLACES) - (other === PLACES));
  place.replaceChildren(...order.map(([title, rows]) => section(title, rows)));
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

const sheets = (within) => within?.querySelectorAll("[data-keys]").forEach(sheet);

document.addEventListener("keydown", press);
document.addEventListener("studio:opening", ({ target }) => target.id === "keys" && sheets(target));
sheets(document.querySelector("main"));
