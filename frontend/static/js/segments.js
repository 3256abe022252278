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
