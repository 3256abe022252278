// One run as it goes on: its curves, and the end of its log.
import { get } from "./api.js";
import { curves } from "./curves.js";
import { poll } from "./live.js";
import "./submit_on_change.js";

const SECONDS = 2;
// Of a log that grows, so much of its end stays in the page; who is further behind goes on from the end.
const LOG_CHARACTERS = 500_000;

const drawn = document.querySelector("[data-curves]");
if (drawn) curves(drawn);
log(document.querySelector("[data-log-at]"), document.querySelector("[data-log-search]"));

function log(element, search) {
  if (!element) return;
  let whole = element.textContent;
  let next = Number(element.dataset.next);
  const found = document.querySelector("[data-log-found]");
  const show = () => {
    const words = search.value.trim().toLowerCase();
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    const lines = words ? whole.split("\n").filter((line) => line.toLowerCase().includes(words)) : [];
    element.textContent = words ? lines.join("\n") : whole;
    found.textContent = words ? `${lines.length} line${lines.length === 1 ? "" : "s"}` : "";
    if (atEnd) element.scrollTop = element.scrollHeight;
  };
  search.addEventListener("input", show);
  element.scrollTop = element.scrollHeight;
  if (!element.dataset.open) return;
  poll(async () => {
    const part = await get(element.dataset.logAt, { params: { offset: next } });
    if (part.text) {
      whole = (next ? whole + part.text : part.text).slice(-LOG_CHARACTERS);
      show();
    }
    next = part.size - part.next < LOG_CHARACTERS ? part.next : undefined;
  }, SECONDS);
}
