// Line charts for live curves: smoothing, log scale, several runs over each other, one cursor for a group of charts.
import "chart.js";
import { colour } from "./theme.js";

const { Chart } = globalThis;
const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];
const groups = new Map();

// An exponential mean, corrected for its start (as TensorBoard does); `weight` in [0, 1).
export function smooth(points, weight) {
  if (!weight) return points;
  let mean = 0;
  let correction = 1;
  return points.map(({ x, y }) => {
    mean = mean * weight + y * (1 - weight);
    correction *= weight;
    return { x, y: mean / (1 - correction) };
  });
}

// Four significant digits, seven from 1,000 on, with thousands: 0.3000000000000004 says no more than 0.3.
export function formatted(value) {
  const size = Math.abs(value);
  if (size && (size < 0.001 || size >= 1e6)) return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
  return Number(value.toPrecision(size >= 1000 ? 7 : 4)).toLocaleString("en-GB", { maximumFractionDigits: 6 });
}

// `series`: [{ name, points: [{x, y}], token?, dashed?, plain?, band?: [{x, low, high}] }]; those that are `plain` are
// not smoothed. `group` names the charts that share a cursor. The horizontal axis goes from 0 to `end` at least, where
// that is given; with `doubles` each of its steps is twice the one before, and each x has its tick.
// Returns { set(series, end), add(name, point), log(on), smoothing(weight), destroy() }.
export function lineChart(
  canvas,
  { series = [], group = "", log = false, smoothing = 0, unit = "step", end = 0, doubles = false, onCursor } = {},
) {
  const state = { series, log, smoothing, end };
  const chart = new Chart(canvas, {
    type: "line",
    data: { datasets: [] },
    options: options(unit, doubles),
    plugins: [cursor({ group, onCursor })],
  });
  if (group) groups.set(group, [...(groups.get(group) ?? []), chart]);
  const draw = () => {
    paint(chart, state);
    chart.update("none");
  };
  document.addEventListener("studio:theme", draw);
  draw();
  return {
    set: (next, planned = state.end) => ((state.series = next), (state.end = planned), draw()),
    add: (name, point) => (state.series.find((one) => one.name === name)?.points.push(point), draw()),
    log: (on) => ((state.log = on), draw()),
    smoothing: (weight) => ((state.smoothing = weight), draw()),
    destroy: () => {
      document.removeEventListener("studio:theme", draw);
      groups.set(group, (groups.get(group) ?? []).filter((other) => other !== chart));
      chart.destroy();
    },
  };
}

function paint(chart, { series, log, smoothing, end }) {
  const [ink, faint, line] = ["--ink-2", "--ink-3", "--line"].map((token) => colour(token, chart.canvas.parentNode));
  const { x, y } = chart.options.scales;
  for (const axis of [x, y]) Object.assign(axis, { ticks: { ...axis.ticks, color: ink }, border: { display: false } });
  x.grid = { display: false };
  y.grid = { color: line, drawTicks: false };
  y.type = log ? "logarithmic" : "linear";
  Object.assign(chart.studio, { line: faint, ink });
  spread(x, series, "x");
  if (end) Object.assign(x, { min: 0, max: Math.max(end, ...series.map(({ points }) => points.at(-1)?.x ?? 0)) });
  spread(y, log ? [] : series, "y");
  chart.data.datasets = series.flatMap((one, number) =>
    curves(one, colour(one.token ?? SERIES[number % SERIES.length], chart.canvas.parentNode), smoothing)
  );
}

// Around a single value the axis is as wide as the value is large; around a single step it has one step on either side.
function spread(axis, series, name) {
  const values = new Set(series.flatMap(({ points }) => points.map((point) => point[name])));
  const [only] = values.size === 1 ? values : [undefined];
  const reach = name === "x" ? 1 : Math.abs(only) / 2 || 1;
  axis.min = only === undefined ? undefined : only - reach;
  axis.max = only === undefined ? undefined : only + reach;
}

// Under a smoothed curve the raw one stays, pale: smoothing must not hide the noise.
function curves({ name, points, dashed, band, plain }, tint, smoothing) {
  const weight = plain ? 0 : smoothing;
  const base = {
    pointRadius: 0,
    borderDash: dashed ? [4, 3] : [],
    pointHoverRadius: 0,
    parsing: false,
    normalized: true,
    tension: 0,
  };
  if (points.length === 1) {
    return [{
      ...base,
      label: name,
      data: points,
      borderColor: tint,
      backgroundColor: tint,
      pointRadius: 4,
      pointHoverRadius: 4,
      clip: 6,
    }];
  }
  const main = {
    ...base,
    label: name,
    data: smooth(points, weight),
    borderColor: tint,
    backgroundColor: tint,
    borderWidth: 1.75,
    pointHoverRadius: 3,
    order: 1,
  };
  if (band) return [main, ...between(band, base, tint)];
  if (!weight) return [main];
  return [main, { ...base, label: "", data: points, borderColor: pale(tint), borderWidth: 1, order: 2 }];
}

// The lower and the upper end, and what lies between them filled.
function between(band, base, tint) {
  const end = (name) => ({
    ...base,
    label: "",
    data: band.map((point) => ({ x: point.x, y: point[name] })),
    borderWidth: 0,
    backgroundColor: pale(tint),
    order: 2,
  });
  return [end("low"), { ...end("high"), fill: "-1" }];
}

const pale = (tint) => tint.replace(/^rgb\((.*)\)$/, "rgba($1, 0.22)");

function options(unit, doubles) {
  const font = { family: getComputedStyle(document.body).fontFamily, size: 11 };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    layout: { padding: { top: 4 } },
    plugins: { legend: { display: false }, tooltip: { enabled: false }, title: { display: false } },
    scales: {
      x: {
        type: doubles ? "logarithmic" : "linear",
        afterBuildTicks: doubles ? tickEach : undefined,
        ticks: { font, maxTicksLimit: 6, maxRotation: 0, precision: 0, includeBounds: false, callback: formatted },
        title: { display: false, text: unit },
      },
      y: { ticks: { font, maxTicksLimit: 5, padding: 6, includeBounds: false, callback: formatted } },
    },
  };
}

function tickEach(axis) {
  const values = new Set(axis.chart.data.datasets.flatMap(({ data }) => data.map(({ x }) => x)));
  axis.ticks = [...values].map((value) => ({ value }));
}

// The values of a chart at `x`: [{ name, x, y }], the nearest point of each curve.
export function valuesAt(chart, x) {
  return chart.data.datasets.filter(({ label }) => label).map(({ label, data, borderColor }) => {
    const near = data.reduce(
      (best, point) => (Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best),
      data[0] ?? { x, y: null },
    );
    return { name: label, x: near.x, y: near.y, colour: borderColor };
  });
}

const cursor = (studio) => ({
  id: "cursor",
  beforeInit: (chart) => (chart.studio = { ...studio, x: null, line: "" }),
  afterEvent(chart, { event }) {
    const inside = event.type === "mousemove" && chart.isPointInArea(event);
    if (!inside && event.type !== "mouseout" && event.type !== "mousemove") return;
    const x = inside ? chart.scales.x.getValueForPixel(event.x) : null;
    const together = groups.get(chart.studio.group) ?? [chart];
    for (const other of together) point(other, x);
  },
  afterDatasetsDraw(chart) {
    const { ctx, scales, chartArea, studio } = chart;
    nameSingles(chart);
    if (studio.x === null) return;
    const at = scales.x.getPixelForValue(studio.x);
    ctx.save();
    ctx.strokeStyle = studio.line;
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(at, chartArea.top);
    ctx.lineTo(at, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  },
});

// A series of one point has its value beside it, on the side where there is room.
function nameSingles({ ctx, data, scales, chartArea, studio }) {
  ctx.save();
  ctx.fillStyle = studio.ink;
  ctx.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  for (const { data: points } of data.datasets.filter((one) => one.data.length === 1)) {
    const [{ x, y }] = points;
    const [at, level] = [scales.x.getPixelForValue(x), scales.y.getPixelForValue(y)];
    const isRight = at > (chartArea.left + chartArea.right) / 2;
    ctx.textAlign = isRight ? "right" : "left";
    ctx.fillText(formatted(y), at + (isRight ? -9 : 9), level + 4);
  }
  ctx.restore();
}

function point(chart, x) {
  if (chart.studio.x === x) return;
  chart.studio.x = x;
  chart.studio.onCursor?.(x === null ? [] : valuesAt(chart, x));
  chart.draw();
}
