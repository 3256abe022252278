// What two texts do not have in common, word by word, marked in their own elements.
import { segments } from "./segments.js";

// Beyond so many words the table of the longest common subsequence costs more than a frame or two.
const LONGEST = 1500;

// Each word of an element: its text and the text node it lies in.
export function words(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    for (const { text, index } of segments(node.data, { signs: true })) {
      found.push({ node, text, start: index, end: index + text.length });
    }
  }
  return found;
}

// For both lists, which of their items the longest common subsequence leaves out: [Set, Set] of positions.
export function unshared(one, other) {
  const begin = commonStart(one, other);
  const [left, right] = [one.slice(begin, LONGEST), other.slice(begin, LONGEST)];
  const width = right.length + 1;
  const table = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      table[i * width + j] = left[i] === right[j]
        ? table[(i + 1) * width + j + 1] + 1
        : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
    }
  }
  const only = [new Set(left.keys()), new Set(right.keys())];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) {
      only[0].delete(i++);
      only[1].delete(j++);
    } else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) i++;
    else j++;
  }
  return only.map((places) => new Set([...places].map((place) => place + begin)));
}

function commonStart(one, other) {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

// Wraps runs of the chosen words in <mark>, from the end, so that earlier positions stay true.
export function mark(found, places, className) {
  const chosen = [...places].sort((one, other) => other - one);
  for (let at = 0; at < chosen.length;) {
    const last = found[chosen[at]];
    let first = last;
    while (++at < chosen.length && chosen[at] === chosen[at - 1] - 1 && found[chosen[at]].node === last.node) {
      first = found[chosen[at]];
    }
    const range = document.createRange();
    range.setStart(last.node, first.start);
    range.setEnd(last.node, last.end);
    const element = document.createElement("mark");
    element.className = className;
    range.surroundContents(element);
  }
}
