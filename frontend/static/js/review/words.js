// Verdicts in words. Grades are as on the page: 1 (A much better) over 4 (tie) to 7 (B much better).

const WORDS = ["A much better", "A better", "A slightly better", "Tie", "B slightly better", "B better", "B much better"];

export const verdictWords = (grade, bad) => (bad ? "Both bad" : WORDS[grade - 1]);

// What the server tells after the verdict: lengths, and to leads who wrote what and what others said.
export function revealed({ order }, { left, right, others }) {
  const [a, b] = order === "left_first" ? [left, right] : [right, left];
  const sides = [["A", a], ["B", b]].map(([letter, { author, length }]) => `${letter} ${author ? `${author}, ` : ""}${length.toLocaleString("en")} characters`);
  return [...sides, ...others.map(({ name, grade }) => `${name}: ${asSeen(grade, order)}`)].join(" · ");
}

function asSeen(grade, order) {
  if (grade === null) return "failed";
  return WORDS[3 + (order === "left_first" ? grade : -grade)].toLowerCase().replace(/^[ab]\b/, (letter) => letter.toUpperCase());
}
