// Ctrl-K: pages, acts, help, all things that have a name, and the buttons of this page.
import { get } from "./api.js";
import { open } from "./dialogs.js";
import { combinations, label, table } from "./keys.js";

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
let asked = 0;
let acts = [];

async function find() {
  const words = input.value.trim();
  const mine = (asked += 1);
  const { groups } = await get(dialog.dataset.source, { params: { q: words } });
  if (mine === asked) show([...actions(words), ...groups]);
}

// The page's own buttons, as they were when the palette opened.
function actions(words) {
  const items = acts.filter(({ title }) => title.toLowerCase().includes(words.toLowerCase()));
  return items.length ? [{ title: "On this page", items: items.slice(0, words ? 8 : 4) }] : [];
}

function remember() {
  acts = [...table()]
    .filter(([key, button]) => !key.startsWith("g ") && !button.closest(".top"))
    .map(([key, button]) => ({ title: label(button), hint: key, icon: "keyboard", button }));
}

function show(groups) {
  list.replaceChildren(...groups.flatMap(({ title, items }) => [heading(title), ...items.map(row)]));
  if (!groups.length) {
    list.append(
      Object.assign(document.createElement("div"), { className: "none", textContent: "Nothing by that name." }),
    );
  }
  mark(list.querySelector("[role=option]"));
}

function heading(words) {
  const made = Object.assign(document.createElement("div"), { className: "group", textContent: words });
  made.setAttribute("role", "presentation");
  return made;
}

function row(item, number) {
  const made = document.createElement(item.url ? "a" : "button");
  made.className = "menu-item";
  made.id = `palette-${item.icon}-${number}`;
  made.tabIndex = -1;
  made.setAttribute("role", "option");
  if (item.url) made.href = item.url;
  else made.addEventListener("click", () => (dialog.close(), item.opens ? open(item.opens) : item.button.click()));
  made.append(
    icon(item.icon),
    Object.assign(document.createElement("span"), { className: "clip", textContent: item.title }),
  );
  if (item.hint) {
    made.append(Object.assign(document.createElement("span"), { className: "hint", textContent: item.hint }));
  }
  return made;
}

function icon(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${dialog.dataset.sprite}#${name}`);
  made.append(use);
  return made;
}

function mark(option) {
  for (const other of list.querySelectorAll("[aria-selected]")) other.removeAttribute("aria-selected");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

function move(step) {
  const options = [...list.querySelectorAll("[role=option]")];
  const now = options.findIndex((option) => option.getAttribute("aria-selected"));
  mark(options.at((now + step) % options.length));
}

function keydown(event) {
  const acts = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => list.querySelector("[aria-selected]")?.click(),
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

if (dialog) {
  input.addEventListener("input", find);
  dialog.addEventListener("keydown", keydown);
  dialog.addEventListener("studio:opening", () => {
    remember();
    input.value = "";
    find();
  });
  document.addEventListener("keydown", (event) => {
    if (!combinations(event).some((keys) => ["Ctrl+k", "Meta+k"].includes(keys))) return;
    event.preventDefault();
    open("palette");
  });
}
