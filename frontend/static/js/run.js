// One run as it goes on: its curves, the runs laid over them, and the end of its log.
import { get } from "./api.js";
import { formatted, lineChart } from "./charts.js";
import { poll } from "./live.js";
import "./submit_on_change.js";

const SECONDS = 2;
// What a schedule sets has no noise to be smoothed away.
const SCHEDULED = /(^|[/_])(learning_rate|lr|epoch|step|num_tokens)($|_)/;
const FIRST = ["loss", "acc", "margin", "chosen", "rejected"];

curves(document.querySelector("[data-curves]"));
log(document.querySelector("[data-log-at]"), document.querySelector("[data-log-search]"));

function curves(section) {
  if (!section) return;
  const runs = [...section.querySelectorAll("[data-metrics]")].map(({ dataset }) => ({
    name: dataset.name,
    at: dataset.metrics,
    since: 0,
    metrics: {},
  }));
  const charts = new Map();
  const smoothing = section.querySelector("[data-smoothing]");
  const log = section.querySelector("[data-log]");
  const weight = (name) => (SCHEDULED.test(name) ? 0 : Number(smoothing.value));
  smoothing.addEventListener("input", () => charts.forEach((chart, name) => chart.smoothing(weight(name))));
  log.addEventListener("change", () => charts.forEach((chart) => chart.log(log.checked)));

  const draw = () => {
    const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))].sort(byImportance);
    section.querySelector("[data-empty]").hidden = names.length > 0;
    for (const name of names) {
      const options = { smoothing: weight(name), log: log.checked };
      if (!charts.has(name)) charts.set(name, card(section.querySelector("[data-charts]"), name, options));
      charts.get(name).set(
        runs.filter(({ metrics }) => metrics[name]).map((run) => series(run, name, runs.indexOf(run))),
      );
    }
  };
  poll(async () => {
    await Promise.all(runs.map(fetchNew));
    draw();
    return Boolean(section.dataset.open);
  }, SECONDS);
}

const series = (run, name, number) => ({ name: run.name, points: run.metrics[name], token: `--series-${number + 1}` });

// Metrics of one step come one by one, so the last step is asked for again and what is known is passed over.
async function fetchNew(run) {
  const found = await get(run.at, { params: { since: run.since } });
  for (const [name, { step, value }] of Object.entries(found)) {
    const points = (run.metrics[name] ??= []);
    const last = points.at(-1)?.x ?? -1;
    step.forEach((x, at) => x > last && value[at] !== null && points.push({ x, y: value[at] }));
    run.since = Math.max(run.since, step.at(-1) ?? 0);
  }
}

function card(parent, name, options) {
  const section = document.createElement("section");
  section.className = "chart-card";
  section.innerHTML =
    "<header><h3></h3><output></output></header><div class='chart'><canvas role='img'></canvas></div>";
  section.querySelector("h3").textContent = name.replaceAll("_", " ");
  const canvas = section.querySelector("canvas");
  parent.append(section);
  const chart = lineChart(canvas, {
    group: "run",
    onCursor: (values) => show(section.querySelector("output"), values),
    ...options,
  });
  const set = (drawn) => {
    canvas.setAttribute("aria-label", spoken(name, drawn));
    chart.set(drawn);
  };
  return { ...chart, set };
}

// What is drawn, for who cannot see it: the last value of each run.
function spoken(name, drawn) {
  const last = drawn.map(({ name: run, points }) => {
    const { x, y } = points.at(-1) ?? {};
    return x === undefined ? "" : `${drawn.length > 1 ? `run ${run}: ` : ""}${formatted(y)} at step ${formatted(x)}`;
  });
  return `${name.replaceAll("_", " ")} by step, ${last.filter(Boolean).join(", ")}`;
}

// Under the cursor: the step once, then a value for each run in its colour.
function show(output, values) {
  output.replaceChildren();
  if (!values.length) return;
  output.append(`step ${formatted(values[0].x)}`);
  for (const { y, colour } of values) {
    const value = document.createElement("b");
    value.textContent = y === null ? "–" : formatted(y);
    value.style.color = colour;
    output.append(value);
  }
}

function byImportance(one, other) {
  const rank = (name) => FIRST.findIndex((word) => name.includes(word)) >>> 0;
  return rank(one) - rank(other) || one.localeCompare(other);
}

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
      whole = next ? whole + part.text : part.text;
      show();
    }
    next = part.next;
  }, SECONDS);
}
