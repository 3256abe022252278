// Verdicts in words. Grades are as on the page: 1 (A much better) over 4 (tie) to 7 (B much better).

const WORDS = [
  "A much better",
  "A better",
  "A slightly better",
  "Tie",
  "B slightly better",
  "B better",
  "B much better",
];

// So many others are named, each with a verdict; more are counted, so that the line holds them.
const NAMED = 3;

export const verdictWords = (grade, bad) => (bad ? "Both bad" : WORDS[grade - 1]);

// What the server tells after the verdict: lengths, and to leads who wrote what and what others said.
export function revealed({ first, second, others }) {
  const sides = [["A", first], ["B", second]].map(([letter, { author, length }]) =>
    `${letter} ${author ? `${author}, ` : ""}${length.toLocaleString("en")} characters`
  );
  return [...sides, ...(others.length > NAMED ? [counted(others)] : others.map(said))].join(" · ");
}

const said = ({ name, verdict }) =>
  `${name}: ${verdict === null ? "failed" : WORDS[3 + verdict].replace("Tie", "tie")}`;

function counted(others) {
  const ways = [
    ["for A", (verdict) => verdict !== null && verdict < 0],
    ["tied", (verdict) => verdict === 0],
    ["for B", (verdict) => verdict > 0],
    ["failed", (verdict) => verdict === null],
  ].map(([words, fits]) => [others.filter(({ verdict }) => fits(verdict)).length, words]);
  return `${others.length} others: ${ways.filter(([number]) => number).map((way) => way.join(" ")).join(", ")}`;
}
