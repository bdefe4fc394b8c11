// Calendar and energy arithmetic of the Energy page. Pure.

export const PERIODS = ['day', 'week', 'month', 'year'];

const utc = (date) => new Date(date + 'T00:00:00Z');
const iso = (date) => date.toISOString().slice(0, 10);

/** Whether it is a calendar day that exists. */
export const isDate = (text) =>
  /^\d{4}-\d\d-\d\d$/.test(text ?? '') &&
  !Number.isNaN(utc(text).getTime()) &&
  iso(utc(text)) === text;

/** Today's date in a zone. */
export function today(zone, instant) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone || undefined,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    })
      .formatToParts(instant)
      .map((p) => [p.type, p.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/** First day of the period that holds the date; weeks start on Monday (ISO 8601). */
export function firstDay(period, date) {
  const d = utc(date);
  if (period === 'week') d.setUTCDate(d.getUTCDate() - ((d.getUTCDay() + 6) % 7));
  if (period === 'month') d.setUTCDate(1);
  if (period === 'year') d.setUTCMonth(0, 1);
  return iso(d);
}

/** First day of the period n periods away. */
export function shift(period, date, n) {
  const d = utc(firstDay(period, date));
  if (period === 'day') d.setUTCDate(d.getUTCDate() + n);
  if (period === 'week') d.setUTCDate(d.getUTCDate() + 7 * n);
  if (period === 'month') d.setUTCMonth(d.getUTCMonth() + n);
  if (period === 'year') d.setUTCFullYear(d.getUTCFullYear() + n);
  return iso(d);
}

/** Last day of the period. */
export function lastDay(period, date) {
  const d = utc(shift(period, date, 1));
  d.setUTCDate(d.getUTCDate() - 1);
  return iso(d);
}

/** Relative change from before to now; null where it says nothing. */
export function relative(now, before) {
  if (!Number.isFinite(now) || !Number.isFinite(before) || before <= 0) return null;
  return (now - before) / before;
}

/**
 * Columns of the chart: own and bought stack to what the home used, sold goes below zero. A gap is
 * null in all of them.
 */
export function columns(points) {
  const own = [];
  const used = [];
  const sold = [];
  for (const p of points) {
    const known = p && !p.gap && Number.isFinite(p.consumption);
    const use = known ? Math.max(0, p.consumption) : null;
    const bought = known ? Math.min(Math.max(0, p.import ?? 0), use) : null;
    used.push(use);
    own.push(known ? use - bought : null);
    sold.push(known ? -Math.max(0, p.export ?? 0) : null);
  }
  return { own, used, sold };
}

/** How many intervals are gaps, how many miss a part, and how many hold a value that is not measured. */
export function doubts(points) {
  let gaps = 0;
  let partial = 0;
  let notMeasured = 0;
  for (const p of points) {
    if (p.gap) gaps++;
    else if (p.partial) partial++;
    else if ((p.quality ?? []).some((q) => q !== 'measured')) notMeasured++;
  }
  return { gaps, partial, notMeasured };
}

/** Whether a period reaches beyond the present, so that comparing sums would mislead. */
export const unfinished = (period, date, todayDate) => lastDay(period, date) >= todayDate;

const STEP_S = { minute: 60, quarter: 900, hour: 3600 };

/**
 * All intervals of a period, also those the hub has not sent because they lie ahead: key (instant
 * for a day, calendar day otherwise) and point, or a point that is not there yet.
 */
export function frame(period, date, data, zone) {
  if (period === 'day') {
    const step = (STEP_S[data.resolution] ?? 900) * 1000;
    const at = new Map(data.points.map((p) => [Date.parse(p.start), p]));
    const slots = [];
    const to = Date.parse(data.to);
    for (let ms = Date.parse(data.from); ms < to && slots.length < 2000; ms += step) {
      slots.push({ key: new Date(ms).toISOString(), point: at.get(ms) ?? null });
    }
    return slots;
  }
  const unit = period === 'year' ? 'month' : 'day';
  const at = new Map(data.points.map((p) => [firstDay(unit, today(zone, new Date(p.start))), p]));
  const slots = [];
  const last = lastDay(period, date);
  for (let key = firstDay(period, date); key <= last; key = shift(unit, key, 1)) {
    slots.push({ key, point: at.get(key) ?? null });
  }
  return slots;
}
