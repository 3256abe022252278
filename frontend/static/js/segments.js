// The words of a text. Chinese, Japanese and Thai write none of the spaces between them: the browser knows where they
// end.

const BY_SPACES = /[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*/gu;
const segmenter = globalThis.Intl?.Segmenter && new Intl.Segmenter(undefined, { granularity: "word" });

// Each with its text and where it starts. `signs` adds what is neither a word nor white space, each sign by itself.
export function segments(text, { signs = false } = {}) {
  if (!segmenter) {
    return [...text.matchAll(signs ? /[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu : BY_SPACES)].map(({ 0: word, index }) => ({
      text: word,
      index,
    }));
  }
  const all = [...segmenter.segment(text)];
  const wanted = signs ? all.filter(({ segment }) => segment.trim()) : all.filter(({ isWordLike }) => isWordLike);
  return wanted.map(({ segment, index }) => ({ text: segment, index }));
}

// Each word of an element: its text, the text node it lies in, and its place there. The folded rest of a long text is
// left out: it may be a hundred times as long as what is shown, and to compare it would stop the page for minutes. So
// are notes, which are the studio's words.
export function words(element, { signs = false } = {}) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, isShown);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType !== Node.TEXT_NODE) continue;
    for (const { text, index } of segments(node.data, { signs })) {
      found.push({ node, text, start: index, end: index + text.length });
    }
  }
  return found;
}

function isShown(node) {
  const isOutside = node.nodeType === Node.ELEMENT_NODE && node.matches("details.rest, .note");
  return isOutside ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
}
