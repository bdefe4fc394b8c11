// Charts on uPlot. Loaded when first needed. Every chart has a table beside it for those who cannot
// see it, so the picture itself is one image with a sentence.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { isDark } from '../lib/store.js';

const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const FONT = '12px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';

/** Bars of a width. */
export const bars = (share) => uPlot.paths.bars({ size: [share, 44], radius: 0.12 });
/** The axis in a time zone. */
export const inZone = (zone) => (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone);

export function Plot({ options, data, label, height, onIndex }) {
  const ref = useRef();
  const say = useRef(onIndex);
  say.current = onIndex;
  const dark = isDark.value;
  useEffect(() => {
    const box = ref.current;
    const width = () => Math.max(200, box.clientWidth);
    const axis = { stroke: tone('soft'), font: FONT, grid: { stroke: tone('line'), width: 1 }, ticks: { show: false } };
    const built = options(tone);
    const plot = new uPlot(
      {
        width: width(),
        height,
        legend: { show: false },
        padding: [12, 8, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        hooks: { setCursor: [(u) => say.current?.(u.cursor.idx ?? null)] },
        ...built,
        axes: built.axes.map((a) => ({ ...axis, ...a })),
      },
      data,
      box,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: width(), height }));
    watch.observe(box);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [data, options, dark, height]);
  return <div class="chart" ref={ref} role="img" aria-label={label} />;
}

/** Stacked bars: own below bought make up what was used; sold hangs below zero. */
export function EnergyBars({ columns, ticks, name, value, ...rest }) {
  const shape = bars(0.78);
  const n = columns.used.length;
  const series = (color) => ({ stroke: 'transparent', width: 0, fill: color, paths: shape, points: { show: false } });
  const options = (color) => ({
    scales: {
      x: { time: false, range: () => [-0.6, n - 0.4] },
      y: {
        range: (u, min, max) => {
          const top = Math.max(max ?? 0, 100);
          const low = Math.min(min ?? 0, 0);
          return [low < 0 ? low * 1.08 : 0, top * 1.08];
        },
      },
    },
    axes: [
      { splits: () => ticks, values: (u, all) => all.map((i) => name(i)), grid: { show: false }, size: 30 },
      { values: (u, all) => all.map((v) => value(Math.abs(v))), size: 68, space: 44 },
    ],
    series: [{}, series(color('grid-fill')), series(color('battery-fill')), series(color('sun-fill'))],
  });
  const key = useRef();
  // New options only when what they are made of is new: otherwise the chart would be rebuilt at every tick.
  const stamp = JSON.stringify([n, ticks]);
  if (key.current?.stamp !== stamp || key.current.columns !== columns) {
    key.current = { stamp, columns, options, data: [columns.used.map((_, i) => i), columns.used, columns.own, columns.sold] };
  }
  return <Plot options={key.current.options} data={key.current.data} {...rest} />;
}

/** A value over time with its range. */
export function ValueLine({ points, zone, time, value, color, ...rest }) {
  const key = useRef();
  if (key.current?.points !== points) {
    const options = (tint) => ({
      tzDate: inZone(zone),
      axes: [
        { values: (u, all) => all.map((s) => time(s, all[all.length - 1] - all[0])), space: 64, size: 30 },
        { values: (u, all) => all.map(value), size: 68, space: 40 },
      ],
      series: [
        {},
        { stroke: 'transparent', points: { show: false } },
        { stroke: 'transparent', points: { show: false } },
        { stroke: tint(color), width: 2, points: { show: false } },
      ],
      bands: [{ series: [1, 2], fill: tint(color + '-soft') }],
    });
    const column = (of) => points.map((p) => (Number.isFinite(of(p)) ? of(p) : null));
    key.current = {
      points,
      options,
      data: [points.map((p) => Date.parse(p.start) / 1000), column((p) => p.max), column((p) => p.min), column((p) => p.mean)],
    };
  }
  return <Plot options={key.current.options} data={key.current.data} {...rest} />;
}
