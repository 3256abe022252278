// The curves of one run, or of several over each other: what matters first and large, the rest folded.
import { get } from "./api.js";
import { formatted, lineChart } from "./charts.js";
import { poll } from "./live.js";

const SECONDS = 2;
// What a schedule sets has no noise to be smoothed away.
const SCHEDULED = /(^|[/_])(learning_rate|lr|epoch|step|num_tokens)($|_)/;
const FIRST = [
  /^(eval_)?reward$/,
  /^(eval_)?kl$/,
  /^(eval_)?loss$/,
  /^(eval_)?(rewards[/])?accurac/,
  /^(eval_)?(rewards[/])?margin/,
];
const WORDS = {
  "rewards/accuracies": "reward accuracy",
  "rewards/margins": "reward margin",
  "rewards/chosen": "reward of chosen",
  "rewards/rejected": "reward of rejected",
  "logps/chosen": "log-probability of chosen",
  "logps/rejected": "log-probability of rejected",
  "reward_std": "spread of the reward",
  "kl": "distance from the base (KL a token)",
  "completions/mean_length": "tokens of an answer",
  "completions/clipped_ratio": "share of answers cut off",
  "frac_reward_zero_std": "share of prompts whose answers are all worth the same",
  "gpu_memory_gib": "GPU memory in GiB",
  "gpu_busy": "GPU busy",
  "mfu": "share of the card’s peak (MFU)",
};

export function curves(section) {
  const runs = [...section.querySelectorAll("[data-metrics]")].map(({ dataset }) => ({
    name: dataset.name,
    at: dataset.metrics,
    token: `--series-${dataset.series}`,
    dashed: Boolean(dataset.dashed),
    planned: Number(dataset.end),
    since: 0,
    metrics: {},
  }));
  const charts = new Map();
  const [first, rest] = ["first", "rest"].map((name) => section.querySelector(`[data-charts=${name}]`));
  const folded = rest.closest("details");
  const smoothing = section.querySelector("[data-smoothing]");
  const log = section.querySelector("[data-log]");
  const weight = (name) => (SCHEDULED.test(name) ? 0 : Number(smoothing.value));
  smoothing.addEventListener("input", () => charts.forEach((chart, name) => chart.smoothing(weight(name))));
  log.addEventListener("change", () => charts.forEach((chart) => chart.log(log.checked)));

  const drawIn = (parent, names) => {
    const options = { log: log.checked, end: end(runs) };
    for (const name of names) {
      if (!charts.has(name)) charts.set(name, card(parent, name, { ...options, smoothing: weight(name) }));
      charts.get(name).set(runs.flatMap((run) => series(run, name, runs.length > 1)), options.end);
    }
  };
  const draw = () => {
    const known = new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)));
    const names = [...known].filter((name) => !known.has(learnt(name))).sort(byImportance);
    const others = names.filter((name) => rank(name) === FIRST.length);
    section.querySelector("[data-empty]").hidden = names.length > 0;
    section.querySelector("[data-held-out]").hidden = names.length === known.size;
    folded.hidden = others.length === 0;
    folded.querySelector("summary").textContent = `${others.length} more curve${others.length === 1 ? "" : "s"}`;
    drawIn(first, names.slice(0, names.length - others.length));
    if (folded.open) drawIn(rest, others);
  };
  folded.addEventListener("toggle", draw);
  poll(async () => {
    await Promise.all(runs.map(fetchNew));
    draw();
    return Boolean(section.dataset.open);
  }, SECONDS);
}

// Up to which step it is planned: the page knows as soon as the program does.
function end(runs) {
  const live = Number(document.querySelector("[data-planned]")?.dataset.planned);
  return Math.max(0, live || 0, ...runs.map(({ planned }) => planned || 0));
}

// What is measured on held-out rows stands beside the same of the rows that are learnt: `eval_loss` beside `loss`.
const HELD_OUT = "eval_";
const learnt = (name) => name.startsWith(HELD_OUT) ? name.slice(HELD_OUT.length) : "";

function series({ name, metrics, token, dashed }, metric, isOneOfMany) {
  const says = isOneOfMany ? `run ${name}` : "";
  const found = [{ name, says, points: metrics[metric], token, dashed }];
  const heldOut = { name: `${name} held out`, says: `${says} held out`.trim(), plain: true, dashed: true, token };
  return [...found, { ...heldOut, points: metrics[HELD_OUT + metric] }].filter(({ points }) => points);
}

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
  section.querySelector("h3").textContent = words(name);
  const canvas = section.querySelector("canvas");
  parent.append(section);
  const chart = lineChart(canvas, {
    group: "run",
    onCursor: (values) => show(section.querySelector("output"), values),
    ...options,
  });
  const set = (drawn, planned) => {
    canvas.setAttribute("aria-label", spoken(name, drawn));
    chart.set(drawn, planned);
  };
  return { ...chart, set };
}

const words = (name) => WORDS[name] ?? name.replaceAll("_", " ");

// What is drawn, for who cannot see it: the last value of each run.
function spoken(name, drawn) {
  const last = drawn.map(({ says, points }) => {
    const { x, y } = points.at(-1) ?? {};
    return x === undefined ? "" : `${says ? `${says}: ` : ""}${formatted(y)} at step ${formatted(x)}`;
  });
  return `${words(name)} by step, ${last.filter(Boolean).join(", ")}`;
}

// Under the cursor: the step once, then a value for each run in its colour.
function show(output, values) {
  output.replaceChildren();
  if (!values.length) return;
  output.append(`step ${formatted(values[0].x)}`);
  for (const { name, y, colour } of values) {
    const value = document.createElement("b");
    value.textContent = `${y === null ? "–" : formatted(y)}${name.endsWith("held out") ? " held out" : ""}`;
    value.style.color = colour;
    output.append(value);
  }
}

function rank(name) {
  const place = FIRST.findIndex((pattern) => pattern.test(name));
  return place < 0 ? FIRST.length : place;
}

const byImportance = (one, other) => rank(one) - rank(other) || one.localeCompare(other);
