// What the power flows of the home mean. Pure.

/** Below this many watts a flow counts as none: meters and inverters idle at a few watts. */
export const IDLE_W = 20;

/** Lower case with hyphens, whichever way the hub writes an enumeration. */
export const plain = (name) => String(name ?? '').toLowerCase().replace(/_/g, '-');

export const valueOf = (device, quantity) =>
  device?.values?.find((v) => v.quantity === quantity)?.value;

/**
 * Turns the ages of a /now object into stamps on the browser's monotonic clock (ms): ages go on
 * growing while the hub is out of reach, and neither side's wall clock matters.
 */
export const stamped = (now, ms) => ({
  ...now,
  devices: now.devices.map((d) => ({
    ...d,
    stamp: Number.isFinite(d.age_ms) ? ms - d.age_ms : undefined,
  })),
});

/** A `readings` event laid over the last picture, so that numbers move between two `now` events. */
export function merge(now, event, ms) {
  if (!now?.devices) return now;
  return {
    ...now,
    devices: now.devices.map((d) =>
      d.id !== event.device
        ? d
        : {
            ...d,
            stamp: ms,
            values: d.values.map((v) =>
              v.quantity in event.values ? { ...v, value: event.values[v.quantity], at: event.at } : v,
            ),
          },
    ),
  };
}

/** A device is stale when it fails, or its newest value is older than three intervals. */
export function isStale(device, ageMs, intervalMs) {
  const state = plain(device.state);
  if (state === 'failing' || state === 'offline' || state === 'unavailable') return true;
  if (state === 'disabled') return false;
  return Number.isFinite(ageMs) && ageMs > 3 * Math.max(1000, intervalMs || 10_000);
}

const FIRST = ['power.active', 'battery.soc', 'ev.soc', 'energy.import', 'energy.export'];
/** Values with those people ask for first; the others as the hub orders them. */
export const importantFirst = (values) => {
  const rank = (v) => (FIRST.includes(v.quantity) ? FIRST.indexOf(v.quantity) : FIRST.length);
  return [...values].sort((a, b) => rank(a) - rank(b));
};

const sum = (devices, quantity) => {
  const values = devices.map((d) => valueOf(d, quantity)).filter(Number.isFinite);
  return values.length ? values.reduce((a, b) => a + b, 0) : undefined;
};

/** The five corners of the picture, from the balance and the devices of /now. */
export function picture(now) {
  const devices = (now?.devices ?? []).map((d) => ({ ...d, role: plain(d.role) }));
  const of = (...roles) => devices.filter((d) => roles.includes(d.role));
  const power = now?.power ?? null;
  const cars = of('ev-charger');
  const batteries = of('battery');
  const producers = of('pv', 'generator');
  const car = sum(cars, 'power.active');
  const socs = batteries.map((d) => valueOf(d, 'battery.soc')).filter(Number.isFinite);
  // Without a balance (it needs a moment after a start) the devices speak for themselves.
  const given = sum(producers, 'power.active');
  const production = power ? power.production : given === undefined ? undefined : Math.max(0, -given);
  const battery = power ? power.charge - power.discharge : sum(batteries, 'power.active');
  const grid = power ? power.gridImport - power.gridExport : sum(of('grid-meter'), 'power.active');
  const total = power
    ? power.consumption
    : grid === undefined
      ? undefined
      : Math.max(0, grid + (production ?? 0) - (battery ?? 0));
  const rest = total === undefined ? undefined : Math.max(0, total - Math.max(0, car ?? 0));
  return {
    power,
    sun: producers.length || production > 0 ? { watts: production, devices: producers } : null,
    grid: { watts: grid, devices: of('grid-meter') },
    battery: batteries.length
      ? {
          watts: battery,
          soc: socs.length ? socs.reduce((a, b) => a + b, 0) / socs.length : undefined,
          devices: batteries,
        }
      : null,
    car: cars.length ? { watts: car, devices: cars } : null,
    home: { watts: rest, total },
  };
}

/** selling | buying | balanced | unknown. */
export function exchange(watts) {
  if (!Number.isFinite(watts)) return 'unknown';
  if (watts < -IDLE_W) return 'selling';
  if (watts > IDLE_W) return 'buying';
  return 'balanced';
}

/** What a device of this active power does: giving | taking | resting | unknown. */
export function doing(watts) {
  if (!Number.isFinite(watts)) return 'unknown';
  if (Math.abs(watts) <= IDLE_W) return 'resting';
  return watts < 0 ? 'giving' : 'taking';
}

/** Seconds for one dash to travel: more power, faster; bounded so that it stays calm. */
export const pace = (watts) =>
  Math.min(4, Math.max(0.9, 4 - Math.log10(Math.max(10, Math.abs(watts))) * 0.75));
