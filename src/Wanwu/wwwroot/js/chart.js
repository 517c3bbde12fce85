// One time chart: a series or its buckets, drawn as measured. Never smoothed; gaps stay gaps; doubtful values differ by form.
import * as echarts from '../lib/echarts/echarts.esm.min.mjs';

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = text => String(text).replace(/[&<>"]/g, c => escapes[c]);
const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Times come as wall-clock milliseconds of the thing's zone, so that the axis shows that zone whatever the browser's is.
const two = n => String(n).padStart(2, '0');
const clock = t => { const d = new Date(t); return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`; };
const day = t => { const d = new Date(t); return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`; };

// A pause of more than three usual intervals is a gap: nothing is drawn across it.
export function usualInterval(points) {
  if (points.length < 3) return Infinity;
  const steps = [];
  for (let i = 1; i < points.length; i++) steps.push(points[i][0] - points[i - 1][0]);
  steps.sort((a, b) => a - b);
  return Math.max(steps[steps.length >> 1], 1000);
}

// Solid between good neighbours, dashed where either end is doubtful; the doubtful values themselves are hollow dots.
export function split(points) {
  const limit = 3 * usualInterval(points);
  const solid = [], dashed = [], dots = [];
  points.forEach((point, i) => {
    const [t, value, quality] = point;
    const before = points[i - 1];
    const good = quality === 'good';
    if (before && (t - before[0] > limit || before[1] === null || value === null)) {
      solid.push([t - 1, null]);
      dashed.push([t - 1, null]);
    }
    if (value === null) return;
    if (!good) dots.push([t, value]);
    solid.push([t, good ? value : null]);
    const after = points[i + 1];
    const nearDoubt = !good || (before && before[2] !== 'good') || (after && after[2] !== 'good');
    dashed.push([t, nearDoubt ? value : null]);
  });
  return { solid, dashed, dots };
}

class TimeChart {
  constructor(element, dotNet) {
    this.element = element;
    this.dotNet = dotNet;
    this.chart = echarts.init(element, null, { renderer: 'canvas' });
    this.resize = new ResizeObserver(() => this.chart.resize());
    this.resize.observe(element);
    this.redraw = () => { if (this.data) this.draw(); };
    this.theme = new MutationObserver(this.redraw);
    this.theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    this.scheme.addEventListener('change', this.redraw);
    this.chart.on('datazoom', event => this.zoomed(event));
    this.chart.getZr().on('dblclick', () => this.dotNet.invokeMethodAsync('ZoomBack'));
  }

  set(data) {
    this.data = data;
    this.draw();
  }

  append(points, to) {
    if (!this.data) return;
    for (const point of points) {
      const last = this.data.points[this.data.points.length - 1];
      if (last && point[0] === last[0]) this.data.points.pop();
      else if (last && point[0] < last[0]) continue;
      this.data.points.push(point);
    }
    const span = this.data.to - this.data.from;
    this.data.to = to;
    this.data.from = to - span;
    while (this.data.points.length && this.data.points[0][0] < this.data.from) this.data.points.shift();
    this.draw();
  }

  zoomed(event) {
    const range = event.batch?.[0];
    if (!range || range.startValue === undefined) return;
    this.dotNet.invokeMethodAsync('ZoomTo', Math.round(range.startValue), Math.round(range.endValue));
  }

  draw() {
    const data = this.data;
    const text = token('--text'), muted = token('--muted'), line = token('--line'), accent = token('--accent'), doubt = token('--level-2');
    const font = { fontFamily: getComputedStyle(this.element).fontFamily, fontSize: 12, color: muted };
    if (data.lines) {
      this.show(linesOf(data.lines), data, { text, muted, line, accent, font }, { legend: { type: 'scroll', top: 0, left: 0, itemWidth: 22, itemHeight: 8, textStyle: { ...font, color: text }, pageTextStyle: font } });
      return;
    }
    const { solid, dashed, dots } = split(data.points);
    const step = data.step ? 'end' : false;
    const common = { type: 'line', animation: false, showSymbol: false, connectNulls: false, step, symbol: 'circle', symbolSize: 4 };
    const lone = solid.filter((point, i) => point[1] !== null && (solid[i - 1]?.[1] ?? null) === null && (solid[i + 1]?.[1] ?? null) === null);
    const series = [
      { ...common, name: data.name, data: solid, lineStyle: { width: 1.5, color: accent }, itemStyle: { color: accent }, z: 3 },
      { ...common, data: dashed, lineStyle: { width: 1.2, color: doubt, type: 'dashed' }, itemStyle: { color: doubt }, silent: true, z: 2 },
      { type: 'scatter', animation: false, data: dots, symbol: 'emptyCircle', symbolSize: 6, itemStyle: { color: doubt, borderWidth: 1.5 }, silent: true, z: 4 },
      { type: 'scatter', animation: false, data: lone, symbol: 'circle', symbolSize: 4, itemStyle: { color: accent }, silent: true, z: 4 },
    ];
    if (data.band?.length) {
      const base = { ...common, stack: 'band', lineStyle: { opacity: 0 }, silent: true, z: 1 };
      series.push({ ...base, data: data.band.map(([t, low]) => [t, low]) });
      series.push({ ...base, data: data.band.map(([t, low, high]) => [t, low === null ? null : high - low]), areaStyle: { color: accent, opacity: .16 } });
    }
    this.show(series, data, { text, muted, line, accent, font });
  }

  show(series, data, { text, muted, line, accent, font }, more = {}) {
    this.chart.setOption({
      ...more,
      useUTC: true,
      animation: false,
      textStyle: font,
      grid: { left: 8, right: 16, top: 30, bottom: 4, containLabel: true },
      xAxis: {
        type: 'time', min: data.from, max: data.to,
        axisLine: { lineStyle: { color: line } }, axisTick: { lineStyle: { color: line } }, splitLine: { show: false },
        axisLabel: { ...font, hideOverlap: true, formatter: { year: '{yyyy}', month: '{yyyy}-{MM}', day: '{MM}-{dd}', hour: '{HH}:{mm}', minute: '{HH}:{mm}', second: '{HH}:{mm}:{ss}', millisecond: '{HH}:{mm}:{ss}', none: '{HH}:{mm}' } },
      },
      yAxis: {
        type: 'value', scale: !data.step, name: data.unit, nameLocation: 'end', nameGap: 12,
        nameTextStyle: { ...font, align: 'left', padding: [0, 0, 0, -24] },
        min: data.step ? 0 : undefined, max: data.step ? 1 : undefined, interval: data.step ? 1 : undefined,
        axisLabel: { ...font, formatter: value => data.step ? data.words[value ? 'true' : 'false'] : value.toLocaleString(document.documentElement.lang) },
        splitLine: { lineStyle: { color: line } },
      },
      tooltip: {
        trigger: 'axis', confine: true, transitionDuration: 0, backgroundColor: token('--surface'), borderColor: line, padding: [6, 10],
        textStyle: { ...font, color: text }, axisPointer: { type: 'line', lineStyle: { color: muted, type: 'solid', width: 1 } },
        formatter: items => this.tip(items),
      },
      toolbox: { show: true, itemSize: 0, feature: { dataZoom: { yAxisIndex: 'none', brushStyle: { color: accent, opacity: .15 } } } },
      series,
    }, { notMerge: true });
    this.chart.dispatchAction({ type: 'takeGlobalCursor', key: 'dataZoomSelect', dataZoomSelectActive: true });
  }

  tip(items) {
    if (this.data.lines) return tipOf(items);
    const at = items[0]?.value?.[0];
    const point = nearest(this.data.points, at);
    if (!point) return '';
    const value = point[1] === null ? '–' : this.data.step ? this.data.words[point[1] ? 'true' : 'false'] : `${point[1].toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 8 })}${this.data.unit ? '\u2009' + this.data.unit : ''}`;
    const bounds = this.data.band?.find(([t]) => t === point[0]);
    const range = bounds && bounds[1] !== null ? `<br>${escape(bounds[1].toLocaleString())} – ${escape(bounds[2].toLocaleString())}` : '';
    const quality = point[2] === 'good' ? '' : `<br>${escape(this.data.words[point[2]] ?? point[2])}`;
    return `${day(point[0])} ${clock(point[0])}<br><b>${escape(value)}</b>${range}${quality}`;
  }

  dispose() {
    this.resize.disconnect();
    this.theme.disconnect();
    this.scheme.removeEventListener('change', this.redraw);
    this.chart.dispose();
  }
}

// Lines differ by dash as well as by colour, so that nothing depends on seeing hue.
function linesOf(lines) {
  const colours = ['--accent', '--level-4', '--level-2', '--muted'].map(token);
  return lines.map(({ name, points }, i) => ({
    type: 'line', name, animation: false, connectNulls: false, showSymbol: points.length < 3, symbol: 'circle', symbolSize: 5, data: withGaps(points),
    lineStyle: { width: 1.5, color: colours[i % colours.length], type: ['solid', 'dashed', 'dotted'][Math.floor(i / colours.length) % 3] }, itemStyle: { color: colours[i % colours.length] },
  }));
}

function withGaps(points) {
  const limit = 3 * usualInterval(points);
  return points.flatMap((point, i) => i > 0 && point[0] - points[i - 1][0] > limit ? [[point[0] - 1, null], point] : [point]);
}

function tipOf(items) {
  const at = items[0]?.value?.[0];
  if (at === undefined) return '';
  const rows = items.filter(item => item.value[1] !== null)
    .map(item => `${escape(item.seriesName)}: <b>${escape(item.value[1].toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 8 }))}</b>`);
  return `${day(at)} ${clock(at)}<br>${rows.join('<br>')}`;
}

function nearest(points, t) {
  let low = 0, high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < t) low = middle + 1; else high = middle;
  }
  const here = points[low], before = points[low - 1];
  return before && here && t - before[0] < here[0] - t ? before : here;
}

export function create(element, dotNet) {
  return element ? new TimeChart(element, dotNet) : null;
}
