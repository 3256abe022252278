// Best-of-n curves, drawn from the rows of the tables beside them.
import { formatted, lineChart } from "./charts.js";

for (const section of document.querySelectorAll("[data-best-of-n]")) {
  const output = section.querySelector("output");
  lineChart(section.querySelector("canvas"), {
    series: [series([...section.querySelectorAll("tr[data-n]")].map(({ dataset }) => dataset))],
    doubles: true,
    onCursor: ([value]) => {
      output.textContent = value ? `n = ${formatted(value.x)}: ${formatted(value.y)}` : "";
    },
  });
}

function series(rows) {
  const sure = rows.filter(({ low }) => low !== undefined);
  return {
    name: "best of n",
    points: rows.map(({ n, score }) => ({ x: Number(n), y: Number(score) })),
    band: sure.map(({ n, low, high }) => ({ x: Number(n), low: Number(low), high: Number(high) })),
  };
}
