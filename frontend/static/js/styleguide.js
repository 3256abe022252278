// The style guide's living parts: two charts that share a cursor, and a toast.
import { lineChart } from "./charts.js";
import { toast } from "./toast.js";

const curve = (from, to, noise, phase) =>
  Array.from({ length: 160 }, (_, step) => ({
    x: step * 5,
    y: to + (from - to) * Math.exp(-step / 40) +
      noise * Math.sin(step * 12.9898 + phase) * Math.cos(step * 4.1 + phase),
  }));

const DEMOS = {
  loss: [
    { name: "seed 1", points: curve(0.69, 0.31, 0.03, 0) },
    { name: "seed 2", points: curve(0.69, 0.35, 0.03, 2), dashed: true },
  ],
  accuracy: [
    { name: "seed 1", points: curve(0.5, 0.81, 0.025, 1) },
    { name: "seed 2", points: curve(0.5, 0.77, 0.025, 3), dashed: true },
  ],
};

for (const canvas of document.querySelectorAll("[data-demo]")) {
  const output = canvas.closest(".chart-card").querySelector("output");
  const theme = canvas.closest("[data-theme]").dataset.theme;
  lineChart(canvas, {
    series: DEMOS[canvas.dataset.demo],
    smoothing: 0.8,
    group: `styleguide-${theme}`,
    onCursor: (values) => {
      output.textContent = values.map(({ name, y }) => `${name} ${y.toFixed(3)}`).join(" · ");
    },
  });
}

for (const button of document.querySelectorAll("[data-demo-toast]")) {
  button.addEventListener(
    "click",
    () => toast("A preferred, much.", { act: "Undo", onAct: () => toast("Taken back.") }),
  );
}
