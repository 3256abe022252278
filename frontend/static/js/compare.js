// Compare, stored: differences marked, answers unfolded; both are in the address, so that a link shows what one saw.
import { words } from "./segments.js";
import { mark, unshared } from "./word_diff.js";
import "./submit_on_change.js";

const area = document.querySelector("[data-compare]");
const CLASSES = { a: "in-a", b: "in-b" };

if (area) {
  toggle("[data-differences]", "differences", (on) => {
    area.classList.toggle("is-marked", on);
    markRows();
  });
  toggle("[data-whole]", "whole", (on) => {
    area.classList.toggle("is-whole", on);
    rows().forEach(measure);
  });
  rows().forEach(unfold);
  document.addEventListener("studio:reshown", () => {
    rows().forEach(unmark);
    markRows();
    rows().forEach(measure);
  });
}

function rows() {
  return [...area.querySelectorAll(".compare-row")];
}

function markRows() {
  if (area.classList.contains("is-marked")) { for (const row of rows()) if (!row.dataset.marked) differences(row); }
}

// Another text stands in the row, or the same one again, with the marks that it had then.
function unmark(row) {
  delete row.dataset.marked;
  for (const element of row.querySelectorAll("mark:is(.in-a, .in-b, .in-other)")) {
    element.replaceWith(...element.childNodes);
  }
  for (const prose of row.querySelectorAll(".reply .prose")) prose.normalize();
}

function toggle(selector, name, apply) {
  const button = document.querySelector(selector);
  const set = (on) => {
    button.setAttribute("aria-pressed", on);
    apply(on);
  };
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    set(on);
    remember(name, on);
  });
  if (new URLSearchParams(location.search).has(name)) set(true);
  carry();
}

function remember(name, on) {
  const address = new URL(location);
  if (on) address.searchParams.set(name, "1");
  else address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
  carry();
}

// The pager's links and the filters keep what was toggled.
function carry() {
  const here = new URLSearchParams(location.search);
  for (const link of document.querySelectorAll(".pager a")) {
    const address = new URL(link.href);
    for (const name of ["differences", "whole"]) {
      here.has(name) ? address.searchParams.set(name, "1") : address.searchParams.delete(name);
    }
    link.href = address;
  }
}

// Every column against the first one; the first one against the second.
function differences(row) {
  row.dataset.marked = "1";
  const replies = [...row.querySelectorAll(".reply")].filter((reply) => reply.querySelector(".prose"));
  if (replies.length < 2) return;
  const texts = replies.map((reply) => words(reply.querySelector(".prose"), { signs: true }));
  const plain = texts.map((text) => text.map(({ text: word }) => word));
  const only = plain.map((other, number) => (number ? unshared(plain[0], other) : null));
  replies.forEach((reply, number) => {
    const tone = Object.keys(CLASSES).find((name) => reply.classList.contains(name));
    mark(texts[number], number ? only[number][1] : only[1][0], CLASSES[tone] ?? "in-other");
  });
}

// Only where a row is folded it shows whether anything is cut.
function measure(row) {
  if (row.matches(".is-open") || area.matches(".is-whole")) return;
  const texts = [...row.querySelectorAll(".prose, .words")];
  const cut = texts.filter((text) => text.scrollHeight > text.clientHeight + 4);
  for (const text of texts) text.classList.toggle("is-cut", text.matches(".prose") && cut.includes(text));
  row.querySelector("[data-unfold]").hidden = cut.length === 0;
}

function unfold(row) {
  measure(row);
  const button = row.querySelector("[data-unfold]");
  button.addEventListener("click", () => {
    const open = row.classList.toggle("is-open");
    button.textContent = open ? "Fold again" : "Show the whole answers";
    if (open) return;
    measure(row);
    row.scrollIntoView({ block: "nearest" });
  });
}
