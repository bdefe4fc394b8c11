// Amounts of ledgers and meters: exact, never floating point.

/** A decimal number in text, as whole number × 10^−places. */
function scaled(text) {
  const [, sign, whole, part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return whole === undefined ? null : { n: BigInt(sign + whole + part), places: part.length };
}

/** b − a of two decimal numbers in text, as text; null if one is none. */
export function difference(a, b) {
  const [x, y] = [scaled(a ?? ''), scaled(b ?? '')];
  if (!x || !y) return null;
  const places = Math.max(x.places, y.places);
  const up = ({ n, places: p }) => n * 10n ** BigInt(places - p);
  return point(up(y) - up(x), places);
}

function point(n, places) {
  const digits = (n < 0n ? -n : n).toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const part = digits.slice(digits.length - places).replace(/0+$/, '');
  return (n < 0n ? '-' : '') + whole + (part && '.' + part);
}

/** A cost in the ledger's smallest unit as people read it; wei as the chain's coins. */
export function cost(amount, unit, locale) {
  const n = BigInt(amount);
  if (unit !== 'wei') return new Intl.NumberFormat(locale).format(n) + '\u00a0' + unit;
  const coins = Number(n) / 1e18;
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 3, maximumFractionDigits: 18 }).format(coins);
}
