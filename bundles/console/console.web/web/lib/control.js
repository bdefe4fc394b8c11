// What a device can be told, in numbers people choose. Pure.

/** Seconds people choose from for how long something is to last. */
export const DURATIONS = [900, 3600, 4 * 3600, 12 * 3600, 24 * 3600];

/** Decimal places a step or a bound has. */
const places = (x) => (String(x).split('.')[1] ?? '').length;

/** What a slider moves by: the actuator's own step, or a hundredth of the range where any value will do. */
export function stepOf(actuator) {
  if (actuator.step > 0) return actuator.step;
  const span = actuator.max - actuator.min;
  return span > 0 ? 10 ** Math.floor(Math.log10(span / 100)) : 1;
}

/** A slider is of use only where there are not too many places to stop at. */
export const slides = (actuator) =>
  actuator.max > actuator.min && (actuator.max - actuator.min) / stepOf(actuator) <= 2000;

/** The value to begin with: what is in force, else the least; of choices none, so that nobody takes one by mistake. */
export const startOf = (actuator) => {
  const value = actuator.holding?.value ?? actuator.value;
  if (value != null) return String(value);
  return actuator.choices.length ? '' : String(actuator.min);
};

/** The number people typed, with a comma or a point; or what is wrong: number | choice | range | step. */
export function valueOf(actuator, text) {
  if (actuator.choices.length) {
    const choice = actuator.choices.find((c) => String(c.value) === text);
    return choice ? { value: choice.value } : { fault: 'choice' };
  }
  const value = Number(String(text).trim().replace(',', '.'));
  if (String(text).trim() === '' || !Number.isFinite(value)) return { fault: 'number' };
  if (value < actuator.min || value > actuator.max) return { fault: 'range' };
  if (actuator.step > 0) {
    const steps = (value - actuator.min) / actuator.step;
    if (Math.abs(steps - Math.round(steps)) > 1e-9 * Math.max(1, Math.abs(steps))) return { fault: 'step' };
    const digits = Math.max(places(actuator.step), places(actuator.min));
    return { value: Number((actuator.min + Math.round(steps) * actuator.step).toFixed(digits)) };
  }
  return { value };
}

/** Whose word it is: me | person NAME | app NAME | hub NAME. */
export function whose(holding) {
  if (holding.mine) return ['me', ''];
  const [, kind, name] = /^(user|app):(.*)$/.exec(holding.holder) ?? [null, 'hub', holding.holder];
  return [kind === 'user' ? 'person' : kind, name];
}
