// Numbers, ages and dates for people. Pure: no DOM, no clock of its own.

export const DASH = '–';
const NBSP = '\u00a0';

const ok = (x) => typeof x === 'number' && Number.isFinite(x);

function digits(value, locale, max, min = 0) {
  const rounded = Number(value.toFixed(max));
  return new Intl.NumberFormat(locale, {
    maximumFractionDigits: max,
    minimumFractionDigits: min,
  }).format(rounded === 0 ? 0 : rounded);
}

/** Splits W into a number and W, kW or MW (Intl knows no kilowatt). Magnitude keeps its sign. */
export function powerParts(watts, locale) {
  if (!ok(watts)) return { number: DASH, unit: '' };
  const size = Math.abs(watts);
  if (Math.round(size) < 1000) return { number: digits(watts, locale, 0), unit: 'W' };
  if (size < 999_950) {
    const places = size < 9_995 ? 2 : size < 99_950 ? 1 : 0;
    return { number: digits(watts / 1000, locale, places), unit: 'kW' };
  }
  return { number: digits(watts / 1e6, locale, 2), unit: 'MW' };
}

/** Splits Wh into a number and Wh, kWh or MWh. */
export function energyParts(wattHours, locale) {
  if (!ok(wattHours)) return { number: DASH, unit: '' };
  const size = Math.abs(wattHours);
  if (Math.round(size) < 1000) return { number: digits(wattHours, locale, 0), unit: 'Wh' };
  if (size < 9_999_500) {
    const places = size < 9_995 ? 2 : size < 99_950 ? 1 : 0;
    return { number: digits(wattHours / 1000, locale, places), unit: 'kWh' };
  }
  return { number: digits(wattHours / 1e6, locale, 2), unit: 'MWh' };
}

const join = ({ number, unit }) => (unit ? number + NBSP + unit : number);
export const power = (watts, locale) => join(powerParts(watts, locale));
export const energy = (wattHours, locale) => join(energyParts(wattHours, locale));

/** Always in kWh, for table columns under one heading. */
export const kilowattHours = (wattHours, locale) =>
  ok(wattHours) ? digits(wattHours / 1000, locale, 2, 2) : DASH;

/** 0…1 as percent. */
export const percent = (share, locale) =>
  ok(share)
    ? new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)
    : DASH;

/** Change between two periods, with its sign. */
export const change = (share, locale) =>
  ok(share)
    ? new Intl.NumberFormat(locale, {
        style: 'percent',
        maximumFractionDigits: 0,
        signDisplay: 'exceptZero',
      }).format(share)
    : DASH;

/** Micro-units of a currency. */
export function money(micros, currency, locale) {
  if (!ok(micros)) return DASH;
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency: currency || 'EUR' }).format(
      micros / 1e6,
    );
  } catch {
    return digits(micros / 1e6, locale, 2, 2) + NBSP + currency;
  }
}

const UNITS = {
  Cel: [1, '°C'],
  Hz: [2, 'Hz'],
  V: [1, 'V'],
  A: [2, 'A'],
  '%': [0, '%'],
  m3: [3, 'm³'],
  'm3/h': [3, 'm³/h'],
  'W/m2': [0, 'W/m²'],
  Ohm: [1, 'Ω'],
  1: [3, ''],
};

/** A value with the unit the hub gives it. */
export function quantity(value, unit, locale) {
  if (!ok(value)) return DASH;
  if (unit === 'W') return power(value, locale);
  if (unit === 'Wh') return energy(value, locale);
  const [places, symbol] = UNITS[unit] ?? [2, unit ?? ''];
  return join({ number: digits(value, locale, places), unit: symbol });
}

/** Age or duration in the largest fitting unit: "12 s", "3 min", "2 h", "4 d" in the language. */
export function duration(seconds, locale) {
  if (!ok(seconds)) return DASH;
  const s = Math.max(0, seconds);
  const [value, unit] =
    s < 60
      ? [Math.floor(s), 'second']
      : s < 3600
        ? [Math.floor(s / 60), 'minute']
        : s < 86_400
          ? [Math.floor(s / 3600), 'hour']
          : [Math.floor(s / 86_400), 'day'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
}

/** "12 sec. ago" in the language. */
export function ago(seconds, locale) {
  if (!ok(seconds)) return DASH;
  const s = Math.max(0, seconds);
  const [value, unit] =
    s < 60
      ? [Math.floor(s), 'second']
      : s < 3600
        ? [Math.floor(s / 60), 'minute']
        : s < 86_400
          ? [Math.floor(s / 3600), 'hour']
          : [Math.floor(s / 86_400), 'day'];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }).format(
    -value,
    unit,
  );
}

/** An instant in the home's zone. */
export function dateTime(iso, locale, zone, options) {
  const date = new Date(iso);
  if (iso == null || Number.isNaN(date.getTime())) return DASH;
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone || undefined,
    ...(options ?? { dateStyle: 'medium', timeStyle: 'short' }),
  }).format(date);
}

/** A calendar day (YYYY-MM-DD), which has no zone. */
export function day(date, locale, options) {
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(
    new Date(date + 'T12:00:00Z'),
  );
}
