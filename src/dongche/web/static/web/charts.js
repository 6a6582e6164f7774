// Draws what `web/chart.html` describes. Colours and faces come from the tokens, words from the page.
import "echarts";

const { echarts } = globalThis;
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const size = () => Number(token("--dc-chart-fs")) || 12;
const STEPS = [55, 65, 75, 85, 92];
export const step = (value) => STEPS.filter((edge) => value >= edge).length;
const heat = (value) => (value == null ? token("--h-none") : token(`--h${step(value)}`));
const figures = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
// Percentages have two digits, as in the tables beside the charts.
const percentages = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const shown = (value, unit) => (value == null ? "—" : unit === "%" ? `${percentages.format(value)}%` : `${figures.format(value)}${unit ? ` ${unit}` : ""}`);

function axis() {
  return {
    axisLine: { lineStyle: { color: token("--dc-line") } },
    axisTick: { show: false },
    axisLabel: { color: token("--dc-muted"), fontFamily: token("--dc-font"), fontSize: size(), hideOverlap: true },
    splitLine: { lineStyle: { color: token("--dc-grid") } },
  };
}

function base(data) {
  return {
    animation: false,
    textStyle: { fontFamily: token("--dc-font") },
    // Drawn on the canvas itself: an HTML tooltip would need inline styles, which the policy forbids.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      axisPointer: { lineStyle: { color: token("--dc-field") }, shadowStyle: { color: "rgba(22, 96, 138, .08)" } },
      valueFormatter: (value) => shown(value, data.unit),
      textStyle: { color: token("--dc-ink"), fontSize: 12 },
    },
  };
}

function target(data, across) {
  if (!data.target) return undefined;
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: token("--dc-warn"), type: "solid", width: 1 },
    label: { formatter: data.target.label, color: token("--dc-warn"), position: "end", fontSize: 11 },
    data: [across ? { xAxis: data.target.value } : { yAxis: data.target.value }],
  };
}

const LINES = {
  actual: () => ({ lineStyle: { width: 2.6, color: token("--dc-accent") }, itemStyle: { color: token("--dc-accent") } }),
  plan: () => ({ lineStyle: { width: 1.4, type: [4, 4], color: token("--dc-muted") }, itemStyle: { color: token("--dc-muted") } }),
  forecast: () => ({
    lineStyle: { width: 2, type: [2, 3], color: token("--dc-accent") },
    itemStyle: { color: token("--dc-accent"), opacity: 0.5 },
  }),
};

function lastPoint(line, unit) {
  const at = line.values.findLastIndex((value) => value != null);
  if (at < 0) return undefined;
  const said = shown(line.values[at], unit);
  return {
    symbol: "circle",
    symbolSize: 9,
    itemStyle: { color: token("--dc-accent"), borderColor: token("--dc-surface"), borderWidth: 2 },
    // A long one would run out of the chart at its right edge.
    label: { position: "bottom", distance: 8, color: token("--dc-ink"), fontWeight: 600, formatter: said, align: said.length > 6 ? "right" : "center" },
    data: [{ coord: [at, line.values[at]] }],
  };
}

function band(line) {
  const edge = { type: "line", stack: `band-${line.name}`, symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } };
  return [
    { ...edge, data: line.low },
    {
      ...edge,
      data: line.high.map((value, at) => (value == null || line.low[at] == null ? null : value - line.low[at])),
      areaStyle: { color: token("--dc-accent"), opacity: 0.16 },
    },
  ];
}

function lines(data) {
  const series = [];
  for (const line of data.series) {
    if (line.low.length) series.push(...band(line));
    const style = LINES[line.style] ?? LINES.actual;
    const main = { name: line.name, type: "line", data: line.values, symbol: "none", connectNulls: false, ...style() };
    if (line.style === "actual") {
      main.markPoint = lastPoint(line, data.unit);
      main.markLine = target(data, false);
    }
    series.push(main);
  }
  const unit = data.unit === "%" ? "%" : "";
  return {
    ...base(data),
    grid: { left: 8, right: data.target ? 62 : 18, top: data.series.length > 1 ? 34 : 14, bottom: 4, containLabel: true },
    legend: {
      show: data.series.length > 1,
      top: 0,
      left: 0,
      icon: "roundRect",
      itemWidth: 16,
      itemHeight: 8,
      itemGap: 16,
      textStyle: { color: token("--dc-muted"), fontSize: size() },
      data: data.series.map((line) => line.name),
    },
    xAxis: { type: "category", boundaryGap: false, data: data.labels, ...axis() },
    yAxis: {
      ...axis(),
      min: data.minimum ?? undefined,
      max: data.maximum ?? undefined,
      axisLine: { show: false },
      axisLabel: { ...axis().axisLabel, formatter: `{value}${unit}` },
    },
    series,
  };
}

function bars(data, lying) {
  const category = {
    type: "category",
    data: data.labels,
    inverse: lying,
    ...axis(),
    axisLine: { show: !lying },
    axisLabel: { ...axis().axisLabel, color: token("--dc-ink"), hideOverlap: !lying },
  };
  const value = {
    type: "value",
    minInterval: data.unit ? 0 : 1, // what has no unit is counted in whole ones
    min: data.minimum ?? undefined,
    max: data.maximum ?? undefined,
    ...axis(),
    axisLine: { show: false },
    show: !lying,
  };
  return {
    ...base(data),
    tooltip: { ...base(data).tooltip, axisPointer: { type: "shadow" } },
    grid: { left: 8, right: lying ? 64 : data.target ? 62 : 12, top: lying ? (data.target ? 22 : 4) : 26, bottom: 4, containLabel: true },
    xAxis: lying ? value : category,
    yAxis: lying ? category : value,
    series: data.series.map((line, at) => ({
      name: line.name,
      type: "bar",
      barMaxWidth: 34,
      barWidth: data.series.length > 1 ? undefined : "58%",
      showBackground: lying,
      backgroundStyle: { color: token("--dc-grid"), borderRadius: 3 },
      itemStyle: { borderRadius: lying ? 3 : [4, 4, 0, 0], color: token("--dc-accent"), opacity: at ? 0.5 : 1 },
      data: line.values.map((found) => (data.heat ? { value: found, itemStyle: { color: heat(found) } } : found)),
      label: {
        show: true,
        position: lying ? "right" : "top",
        distance: lying ? 8 : 4,
        color: token("--dc-ink"),
        fontSize: size(),
        fontWeight: 600,
        formatter: (point) => shown(point.value, data.unit),
      },
      labelLayout: { hideOverlap: !lying }, // narrow columns keep those that fit
      markLine: at ? undefined : target(data, lying),
    })),
  };
}

// The picture is drawn on white at twice the size, as it goes into a document.
function offerPicture(element, chart) {
  const button = element.closest("figure")?.querySelector("[data-picture]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: "#fff" });
    link.download = `${element.getAttribute("aria-label")}.png`;
    link.click();
  });
}

export function draw(element) {
  const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  if (data.kind === "bars") element.style.height = `${Math.max(120, data.labels.length * 30 + 12)}px`;
  const chart = echarts.init(element, null, { renderer: "canvas" });
  chart.setOption(data.kind === "line" ? lines(data) : bars(data, data.kind === "bars"));
  if (data.urls.length) {
    chart.on("click", (point) => {
      const url = data.urls[point.dataIndex];
      if (url) location.assign(url);
    });
  }
  offerPicture(element, chart);
  const fit = () => {
    if (chart.isDisposed()) return;
    if (element.isConnected) chart.resize();
    else chart.dispose();
  };
  new ResizeObserver(fit).observe(element);
  addEventListener("beforeprint", fit);
}
