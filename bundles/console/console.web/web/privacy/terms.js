// Terms of the hub (docs/privacy.md, JSON): what can be chosen within what is offered, and a choice as terms. Pure.
const HOUR = 3600;
const DAY = 24 * HOUR;
/** Steps of the hub; 0 stands for each value as it was measured. */
const RESOLUTIONS = [0, 1, 10, 60, 300, 900, 1800, HOUR, DAY, 7 * DAY];
const DELAYS = [0, 900, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY];
const HISTORIES = [0, DAY, 7 * DAY, 30 * DAY, 365 * DAY, 3650 * DAY];
const LASTING = [1, 7, 30, 91, 182, 365].map((days) => days * DAY);
/** Multiples to round to, in thousandths of the unit. */
const QUANTA = { W: [10_000, 50_000, 100_000, 500_000], Wh: [10_000, 100_000, 1_000_000], V: [1_000, 10_000], A: [1_000, 5_000], Cel: [500, 1_000], '%': [1_000, 10_000] };
/** Nobody's home draws or gives more: values are cut off there before noise. Not taken from the data, which would tell of it. */
const MOST_WATTS = 25_000;
export const NOISES = ['none', 'some', 'strong', 'day'];
const EPSILON = { some: 1_000_000, strong: 100_000, day: 1_000_000 };

const among = (steps, asked, fits) => [...new Set([...steps.filter(fits), asked])].sort((a, b) => a - b);
const fine = (terms) => (terms.mode === 'raw' ? 0 : terms.resolution_s);

/** Noise needs one range for all values: it is offered where all are powers or all are energies. */
const noisy = (units) => units.length === 1 && (units[0] === 'W' || units[0] === 'Wh');

/** What there is to choose: never more than the widest. */
export function offers(widest, units, now) {
  const end = Math.floor(Date.parse(widest.until) / 1000);
  const asked = widest.quantum_milli ?? {};
  const history = widest.history_s ?? 3650 * DAY;
  return {
    resolution: RESOLUTIONS.filter((s) => s >= fine(widest) && (widest.mode === 'raw' || s > 0)),
    delay: among(DELAYS, widest.delay_s ?? 0, (s) => s >= (widest.delay_s ?? 0)),
    history: among(HISTORIES, history, (s) => s <= history),
    lasting: [...LASTING.filter((s) => now + s < end), 0],
    quantum: Object.fromEntries(units.filter((u) => u in QUANTA).map((u) => [u, among(QUANTA[u], asked[u] ?? 0, (q) => q >= (asked[u] ?? 0))])),
    noise: widest.mode === 'aggregate' || (!widest.noise && !noisy(units)) ? [] : widest.noise ? ['asked', ...(noisy(units) ? NOISES.slice(1) : [])] : NOISES,
  };
}

/** Everything that was asked for. */
export const start = (widest) => ({
  resolution: fine(widest),
  delay: widest.delay_s ?? 0,
  history: widest.history_s ?? 3650 * DAY,
  lasting: 0,
  quantum: { ...(widest.quantum_milli ?? {}) },
  noise: widest.noise ? 'asked' : 'none',
  quantities: widest.quantities,
  devices: widest.devices ?? null,
});

/** Bounds of an interval's value: powers both ways, energy as much as that power makes. */
const range = (unit, seconds) => (unit === 'Wh' ? Math.ceil((MOST_WATTS * seconds) / HOUR) : MOST_WATTS);

/** The choice as terms; what was left as it was asked is left out. */
export function choice(form, widest, units, now) {
  // Noise is on intervals; a minute is the shortest that makes sense with it.
  const added = form.noise !== 'none' && form.noise !== 'asked';
  const seconds = added ? Math.max(form.resolution, 60) : form.resolution;
  const mode = widest.mode === 'aggregate' ? 'aggregate' : seconds === 0 ? 'raw' : 'interval';
  const terms = { version: 1, mode, resolution_s: seconds || 1 };
  if (mode === 'aggregate') terms.cohort = widest.cohort;
  if (form.delay > 0) terms.delay_s = form.delay;
  terms.history_s = form.history;
  if (form.lasting) terms.until = new Date((Math.floor(now) + form.lasting) * 1000).toISOString().replace('.000', '');
  const quantum = Object.fromEntries(Object.entries(form.quantum).filter(([, q]) => q > 0));
  if (Object.keys(quantum).length) terms.quantum_milli = quantum;
  if (added) {
    const highest = range(units[0], seconds);
    const epsilon = EPSILON[form.noise];
    terms.noise = {
      micro_epsilon: epsilon,
      unit: form.noise === 'day' ? 'day' : 'interval',
      daily_micro_epsilon: Math.min(epsilon * Math.max(1, Math.ceil(DAY / seconds)), 10_000_000_000),
      lowest: units[0] === 'W' ? -highest : 0,
      highest,
    };
  }
  if (form.quantities && form.quantities.length < (widest.quantities?.length ?? Infinity)) terms.quantities = form.quantities;
  if (form.devices) terms.devices = form.devices;
  return terms;
}

/** Raw curves with what becomes of each: the same subject, or under a pseudonym the one at the same place. */
export function pairs(raw, released) {
  return raw.map((curve) => {
    const same = released.filter((r) => r.quantity === curve.quantity);
    const place = raw.filter((r) => r.quantity === curve.quantity).indexOf(curve);
    return { raw: curve, released: same.find((r) => r.subject === curve.subject) ?? (same.length > place ? same[place] : null) };
  });
}

/** Path of a curve in a box of 1000 × 100: steps for intervals, lines between instants; a gap is a gap. */
export function path(curve, [from, to], [low, high]) {
  const x = (at) => Math.round(((at - from) / (to - from || 1)) * 10_000) / 10;
  const y = (v) => Math.round((100 - ((v - low) / (high - low || 1)) * 100) * 10) / 10;
  const step = curve.interval_s * 1000;
  let d = '';
  let last = -Infinity;
  for (const [at, value] of curve.points) {
    if (value === null) continue;
    if (step) d += (at > last + 1000 ? 'M' : 'L') + x(at) + ' ' + y(value) + 'H' + Math.min(1000, x(at + step));
    else d += (d ? 'L' : 'M') + x(at) + ' ' + y(value);
    last = at + step;
  }
  return d;
}

/** Least and greatest of some curves, with zero in sight. */
export function bounds(curves) {
  let [low, high] = [0, 0];
  for (const curve of curves) {
    for (const [, value] of curve.points) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

/** First and last instant of some curves, in ms. */
export function times(curves) {
  let [from, to] = [Infinity, -Infinity];
  for (const { points, interval_s } of curves) {
    if (!points.length) continue;
    from = Math.min(from, points[0][0]);
    to = Math.max(to, points[points.length - 1][0] + interval_s * 1000);
  }
  return from < to ? [from, to] : [0, 1];
}
