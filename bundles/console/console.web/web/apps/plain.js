// What apps say and ask, as data for the page. Pure; nothing here trusts an app.
const UNITS = [[/(\d+)Y/, 'year'], [/(\d+)M/, 'month'], [/(\d+)W/, 'week'], [/(\d+)D/, 'day']];

/** ISO 8601 period as [number, unit], P1Y6M as two. */
export const parts = (period) =>
  UNITS.flatMap(([form, unit]) => {
    const found = form.exec(period ?? '');
    return found && Number(found[1]) ? [[Number(found[1]), unit]] : [];
  });

/** P1M as "1 month" in the language. */
export const periodWords = (period, locale) =>
  new Intl.ListFormat(locale, { type: 'unit' }).format(
    parts(period).map(([n, unit]) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(n)),
  );

/** An instant that many years, months, weeks and days later. */
export function after(ms, period) {
  const at = new Date(ms);
  for (const [n, unit] of parts(period)) {
    if (unit === 'year') at.setUTCFullYear(at.getUTCFullYear() + n);
    else if (unit === 'month') at.setUTCMonth(at.getUTCMonth() + n);
    else at.setUTCDate(at.getUTCDate() + n * (unit === 'week' ? 7 : 1));
  }
  return at.toISOString();
}

/** Bytes in the largest fitting unit. */
export function bytes(n, locale) {
  const [size, unit] = n < 1000 ? [1, 'byte'] : n < 1e6 ? [1000, 'kilobyte'] : [1e6, 'megabyte'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: n / size < 10 ? 1 : 0 }).format(n / size);
}

/** An app's icon as an address, only if it is base64 of a PNG. */
export const iconUrl = (icon) => (typeof icon === 'string' && /^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/.test(icon) ? 'data:image/png;base64,' + icon : null);

/** An address of a provider to follow, if it is one: https or e-mail. */
export const linkTo = (text) => (/^https:\/\/[^\s"'<>]+$/.test(text) ? text : /^[^\s@"'<>:?&]+@[^\s@"'<>:?&]+$/.test(text) ? 'mailto:' + text : null);

/** What a newer version asks for beyond the one that is here. */
export function more(now, next) {
  const fresh = (all, key, known) => all.filter((one) => !known.some((old) => key(old) === key(one)));
  const same = (d) => d.purpose + JSON.stringify(d.terms);
  return {
    data: fresh(next.data, same, now.data),
    actuators: fresh(next.actuators, (a) => a.key, now.actuators),
    hosts: fresh(next.hosts, (h) => h.host, now.hosts),
    place: next.place !== null && now.place === null,
    resources: Object.keys(next.resources).filter((r) => next.resources[r] > now.resources[r]),
  };
}

export const asksMore = (m) => m.place || [m.data, m.actuators, m.hosts, m.resources].some((list) => list.length > 0);

/** Degrees as people type them, as tenths; null if that is none. */
export function tenths(text, most) {
  const value = Number(String(text).trim().replace(',', '.'));
  return String(text).trim() !== '' && Number.isFinite(value) && Math.abs(value) <= most ? Math.round(value * 10) : null;
}

/** What is sent for a field, or what is wrong with it: `number`, `range`, `time`, `long`. */
export function checked(field, value) {
  switch (field.kind) {
    case 'NUMBER': {
      const text = String(value).trim().replace(',', '.');
      if (!/^-?\d{1,18}(\.\d{1,18})?$/.test(text)) return { wrong: 'number' };
      const n = Number(text);
      return (field.min !== null && n < field.min) || (field.max !== null && n > field.max) ? { wrong: 'range' } : { value: text };
    }
    case 'TIME':
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(value) ? { value } : { wrong: 'time' };
    case 'SWITCH':
      return { value: String(value === true || value === 'true') };
    case 'CHOICE':
      return { value: field.choices.some(([key]) => key === value) ? value : field.choices[0][0] };
    default:
      return String(value).length > 200 ? { wrong: 'long' } : { value: String(value) };
  }
}

/** Lines of a chart on one axis: [times in s, values of the first line, …]; null is a gap, undefined nothing of that line. */
export function columns(lines) {
  const at = lines.map((line) => new Map(line.values.map((v, i) => [Date.parse(line.start) / 1000 + i * line.step_s, v])));
  const times = [...new Set(at.flatMap((one) => [...one.keys()]))].sort((a, b) => a - b);
  return [times, ...at.map((one) => times.map((s) => one.get(s)))];
}

/** What an app stands for in the list: worst first. */
export const KIND = { INSTALLING: '', ASKING: 'warn', OFF: '', STARTING: '', ON: 'ok', UPDATING: '', STOPPED: 'bad', REFUSED: 'bad' };
export const RISK = { LOW: 'ok', MODERATE: 'warn', HIGH: 'bad' };
export const LICENCE = { NONE: '', ACTIVE: 'ok', RENEW_DUE: 'warn', GRACE: 'warn', DEGRADED: 'bad', STOPPED: 'bad' };
export const SOURCE = { NEW: '', FRESH: 'ok', EXPIRED: 'warn', FROZEN: 'bad' };

/** Whether something is under way that changes what the page shows. */
export const moving = (app) => ['INSTALLING', 'STARTING', 'UPDATING'].includes(app.step);
