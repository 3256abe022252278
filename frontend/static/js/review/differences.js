// Marks the words of each response that the other one has not in the same company: those in no run of three words
// that both have. Moved sentences stay unmarked, which a line-by-line difference would not give.

import { words } from "../segments.js";

const RUN = 3;

// Marks, or takes the marks away. Returns whether there are marks now.
export function differences(card) {
  const isCompared = card.classList.toggle("is-compared");
  markedAnew(card);
  return isCompared;
}

// Another text stands in the card, or the same one again, with the marks that it had then.
export function markedAnew(card) {
  const [first, second] = [...card.querySelectorAll(".pane .prose")];
  for (const span of card.querySelectorAll(".in-a, .in-b")) span.replaceWith(...span.childNodes);
  for (const prose of [first, second]) prose.normalize();
  if (!card.classList.contains("is-compared")) return;
  const [ofFirst, ofSecond] = [words(first), words(second)];
  mark(ofFirst, runs(ofSecond), "in-a");
  mark(ofSecond, runs(ofFirst), "in-b");
}

const run = (all, at) => all.slice(at, at + RUN).map(({ text }) => text.toLowerCase()).join(" ");

function runs(all) {
  const size = Math.min(RUN, all.length);
  return new Set(all.slice(0, all.length - size + 1).map((_, at) => run(all, at)));
}

function mark(all, shared, className) {
  const common = new Set();
  all.forEach((_, at) => {
    if (shared.has(run(all, at))) { for (let near = at; near < at + RUN; near += 1) common.add(near); }
  });
  const alone = spans(all.filter((_, at) => !common.has(at)));
  // From the end of each text node, so that earlier places stay true.
  for (const { node, start, end } of alone.reverse()) {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    const span = document.createElement("span");
    span.className = className;
    range.surroundContents(span);
  }
}

// Neighbouring words become one span.
function spans(alone) {
  const joined = [];
  for (const { node, start, end } of alone) {
    const before = joined.at(-1);
    const touches = before?.node === node && !/[\p{L}\p{N}]/u.test(node.data.slice(before.end, start));
    if (touches) before.end = end;
    else joined.push({ node, start, end });
  }
  return joined;
}
