// From a component's values to a form and back. Pure.

/** Prices are kept as millionths of the currency; people read and type the currency. */
export const isMicros = (option) => /Micros$/.test(option.key) && option.type === 'INTEGER' && !option.list;

/** Form fields (strings and booleans) of a component's values. */
export function toForm(component) {
  const form = {};
  for (const o of component.options) {
    const value = component.values[o.key] ?? (o.type === 'SECRET' ? undefined : o.default);
    if (o.type === 'SECRET') form[o.key] = '';
    else if (o.list) form[o.key] = (Array.isArray(value) ? value : value == null ? [] : [value]).join('\n');
    else if (o.type === 'BOOLEAN') form[o.key] = value === true || value === 'true';
    else if (isMicros(o)) form[o.key] = value == null ? '' : String(Number(value) / 1e6);
    else form[o.key] = value == null ? '' : String(value);
  }
  return form;
}

function one(option, text) {
  if (option.type === 'BOOLEAN') return { value: text === true || text === 'true' };
  if (option.type !== 'INTEGER' && option.type !== 'DECIMAL') return { value: text };
  // A comma for the decimals is what half of Europe types.
  const plain = String(text).trim().replace(',', '.');
  const number = Number(plain);
  if (plain === '' || !Number.isFinite(number)) return { fault: 'number' };
  if (isMicros(option)) return { value: Math.round(number * 1e6) };
  if (option.type === 'INTEGER' && !Number.isInteger(number)) return { fault: 'integer' };
  if (option.min != null && number < option.min) return { fault: 'min' };
  if (option.max != null && number > option.max) return { fault: 'max' };
  return { value: number };
}

/**
 * Values to send, or the first field at fault: {values} or {field, fault}. Keys the console knows
 * nothing about pass through; an empty field falls back to its default; an untouched secret is kept.
 */
export function fromForm(component, form) {
  const values = { ...component.values };
  for (const o of component.options) {
    const text = form[o.key];
    delete values[o.key];
    if (o.type === 'SECRET') {
      if (text) values[o.key] = text;
    } else if (o.list) {
      const list = [];
      for (const line of text.split('\n').map((l) => l.trim()).filter(Boolean)) {
        const { value, fault } = one(o, line);
        if (fault) return { field: o.key, fault };
        list.push(value);
      }
      if (o.required && !list.length) return { field: o.key, fault: 'required' };
      values[o.key] = list;
    } else if (text === '') {
      if (o.required) return { field: o.key, fault: 'required' };
    } else {
      const { value, fault } = one(o, text);
      if (fault) return { field: o.key, fault };
      values[o.key] = value;
    }
  }
  return { values };
}
