// Content of READINGS and BACKFILL: registers of one billing meter at the end of a quarter of an hour.
import { hex } from './cbor.js';

const SLOT_MS = 900_000;
const QUALITY = ['estimated', 'integrated', 'substituted', 'clock-unsynchronised', 'out-of-range'];
/** Quantities by OBIS code, docs/data-structure.md section 8; others are called by their code. */
const NAMES = { '1-0:1.8.0': 'energy.import', '1-0:2.8.0': 'energy.export' };

export const uuid = (bytes) => hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Mantissa × 10^exponent as decimal text, exact. */
export function decimal(mantissa, exponent) {
  const n = BigInt(mantissa);
  if (exponent >= 0) return (n * 10n ** BigInt(Math.min(exponent, 18))).toString();
  const digits = (n < 0n ? -n : n).toString().padStart(1 - exponent, '0');
  const part = digits.slice(exponent).replace(/0+$/, '');
  return (n < 0n ? '-' : '') + digits.slice(0, exponent) + (part && '.' + part);
}

/** Registers in words, or null if the content is none. */
export function readings(content) {
  if (!(content instanceof Map)) return null;
  const [device, start, list] = [content.get(1), content.get(2), content.get(4)];
  if (!(device instanceof Uint8Array) || device.length !== 16 || !Number.isSafeInteger(start) || !Array.isArray(list)) return null;
  const registers = [];
  for (const [obis, instant, mantissa, exponent, quality] of list) {
    if (typeof obis !== 'string' || !Number.isInteger(exponent) || Math.abs(exponent) > 18) return null;
    registers.push({
      obis,
      quantity: NAMES[obis] ?? obis,
      instant,
      value: decimal(mantissa, exponent),
      quality: QUALITY.filter((_, bit) => (quality >> bit) & 1),
    });
  }
  return { device: uuid(device), slot: start + SLOT_MS, registers };
}
