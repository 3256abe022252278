// What two texts do not have in common, word by word, marked in their own elements.
// So many words of each text are laid against each other at once: a larger table costs more than a frame or two.
const WINDOW = 1500;
// How words near the end of a window fare depends on those behind it: the next window begins before them.
const SURE = 1000;

// For both lists, which of their items the other one lacks at their place: [Set, Set] of positions. In lists that fit
// into a window, these are what their longest common subsequence leaves out.
export function unshared(one, other) {
  const only = [new Set(), new Set()];
  let [i, j] = [0, 0];
  while (i < one.length && j < other.length) {
    if (one[i] === other[j]) {
      i++;
      j++;
    } else [i, j] = compareWindow(one, other, i, j, only);
  }
  for (; i < one.length; i++) only[0].add(i);
  for (; j < other.length; j++) only[1].add(j);
  return only;
}

// Adds to `only` what is unshared from `i` and `j` on. Returns the places where the next window begins.
function compareWindow(one, other, i, j, only) {
  const [left, right] = [one.slice(i, i + WINDOW), other.slice(j, j + WINDOW)];
  const [table, width] = [commonLengths(left, right), right.length + 1];
  const lastLeft = i + left.length < one.length ? SURE : left.length;
  const lastRight = j + right.length < other.length ? SURE : right.length;
  let [a, b] = [0, 0];
  while (a < lastLeft && b < lastRight) {
    if (left[a] === right[b]) {
      a++;
      b++;
    } else if (table[(a + 1) * width + b] >= table[a * width + b + 1]) only[0].add(i + a++);
    else only[1].add(j + b++);
  }
  return [i + a, j + b];
}

// At (a, b): the length of the longest common subsequence of `left` from a on and `right` from b on.
function commonLengths(left, right) {
  const width = right.length + 1;
  const table = new Uint16Array((left.length + 1) * width);
  for (let a = left.length - 1; a >= 0; a--) {
    for (let b = right.length - 1; b >= 0; b--) {
      const [here, below] = [a * width + b, (a + 1) * width + b];
      table[here] = left[a] === right[b] ? table[below + 1] + 1 : Math.max(table[below], table[here + 1]);
    }
  }
  return table;
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
