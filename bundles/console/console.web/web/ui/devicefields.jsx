// What a device is made of, as fields of forms; used to add, find and change one.
import { useId } from 'preact/hooks';
import * as api from '../lib/api.js';
import { blank, inOrder } from '../lib/endpoint.js';
import { plain } from '../lib/flow.js';
import { duration } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';
import { devices } from '../lib/store.js';
import { Icon, roleIcon } from './icons.jsx';
import { Area, Check, Choice, Input, Select, useLoad } from './parts.jsx';
import { quantityName, valueWords } from './words.js';

const ROLES = [
  'GRID_METER', 'PV', 'GENERATOR', 'BATTERY', 'EV_CHARGER', 'HEAT_PUMP', 'WATER_HEATER', 'LOAD', 'SUB_METER',
  'GAS_METER', 'HEAT_METER', 'WATER_METER', 'SENSOR',
];
export const roleName = (role) => (has('role.' + plain(role)) ? t('role.' + plain(role)) : role);
export const path = (...parts) => '#/devices/' + parts.map(encodeURIComponent).join('/');

export const Back = () => (
  <a class="back" href="#/devices"><Icon name="back" size={20} /> {t('nav.devices')}</a>
);

export const RoleIcon = ({ role, size = 24, large }) => (
  <span class={'role-icon ' + (large ? 'large ' : '') + plain(role)}><Icon name={roleIcon(plain(role))} size={size} /></span>
);
export const schemeName = (scheme) => (has('scheme.' + scheme) ? t('scheme.' + scheme) : scheme);

export const EMPTY = {
  name: '', role: 'LOAD', parent: null, driver: '', endpoint: '', settings: {}, interval_ms: 1000,
  inverted: false, enabled: true, readOnly: true, meterEpoch: 0,
};

/** What a definition is, of all that a device has. */
export const definitionOf = (d) => Object.fromEntries(Object.keys(EMPTY).map((key) => [key, d[key] ?? EMPTY[key]]));

export const defaultsOf = (driver) =>
  Object.fromEntries((driver?.options ?? []).filter((o) => o.default !== '' && o.default != null).map((o) => [o.key, o.default]));

/** The serial ports of the hub, to choose from; whatever else people type is fine, too. */
function PortPath({ value, onValue, error }) {
  const id = useId();
  const ports = useLoad(() => api.get('/serial-ports'));
  return (
    <>
      <Input label={t('address.path')} hint={t('address.path.hint')} value={value} onValue={onValue} error={error} list={id} />
      <datalist id={id}>
        {(ports.value ?? []).map((p) => <option key={p.path} value={p.path}>{p.description}</option>)}
      </datalist>
    </>
  );
}

const BAUDS = ['300', '600', '1200', '2400', '4800', '9600', '19200', '38400', '57600', '115200'];

export function AddressFields({ driver, value: parts, onValue, problem }) {
  const set = (change) => onValue({ ...parts, ...change });
  const parameter = (key) => (v) => set({ parameters: { ...parts.parameters, [key]: v } });
  const of = (key, usual) => parts.parameters[key] ?? usual;
  const error = (part) => (problem?.field === part || (problem?.field === 'endpoint' && part !== 'port' && part !== 'baud') ? problem.detail : undefined);
  const bauds = [...new Set([...BAUDS, of('baud', '9600')])];
  return (
    <>
      {driver.schemes.length > 1 && (
        <Choice legend={t('address.how')} name="scheme" value={parts.scheme} onValue={(scheme) => onValue(blank(driver, scheme))}
          options={inOrder(driver.schemes).map((s) => [s, schemeName(s)])} />
      )}
      {parts.scheme === 'serial' ? (
        <>
          <PortPath value={parts.path} onValue={(v) => set({ path: v })} error={error('path')} />
          <div class="pair">
            <Select label={t('address.baud')} value={of('baud', '9600')} onValue={parameter('baud')} options={bauds.map((b) => [b, b])} />
            <Select label={t('address.parity')} value={of('parity', 'none')} onValue={parameter('parity')}
              options={['none', 'even', 'odd'].map((p) => [p, t('parity.' + p)])} />
            <Select label={t('address.data')} value={of('data', '8')} onValue={parameter('data')} options={['7', '8'].map((b) => [b, b])} />
          </div>
        </>
      ) : parts.scheme === 'broker' ? (
        <p class="hint">{t('address.broker')}</p>
      ) : parts.scheme === 'inbound' ? (
        <Input label={t('address.name')} hint={t('address.name.hint')} value={parts.path} onValue={(v) => set({ path: v })} error={error('name')} />
      ) : parts.scheme === 'file' ? (
        <Input label={t('address.file')} hint={t('address.file.hint')} value={parts.path} onValue={(v) => set({ path: v })} error={error('path')} />
      ) : (
        <>
          <div class="pair wide-narrow">
            <Input label={t('address.host')} hint={t('address.host.hint')} value={parts.host} onValue={(v) => set({ host: v })} error={error('host')} />
            <Input label={t('address.port')} value={parts.port} onValue={(v) => set({ port: v })} error={error('port')} inputMode="numeric" />
          </div>
          {(parts.scheme === 'https' || parts.scheme === 'mqtts') && (
            <Input label={t('address.sha256')} hint={t('address.sha256.hint')} optional value={of('sha256', '')} onValue={parameter('sha256')} />
          )}
        </>
      )}
    </>
  );
}

export function OptionFields({ driver, settings, onValue, problem }) {
  return driver.options.map((o) => {
    const value = settings[o.key] ?? '';
    const common = {
      label: o.title,
      hint: o.description,
      optional: !o.required,
      value,
      onValue: (v) => onValue({ ...settings, [o.key]: v }),
      error: problem?.field === o.key || problem?.field === 'settings.' + o.key ? problem.detail : undefined,
    };
    const choices = Object.entries(o.choices ?? {});
    if (choices.length) return <Select key={o.key} {...common} options={[...(o.required && settings[o.key] ? [] : [['', '–']]), ...choices]} />;
    if (o.secret) return <Input key={o.key} {...common} type="password" autocomplete="new-password" />;
    return /\n/.test(value) || value.length > 120 ? <Area key={o.key} {...common} rows={6} /> : <Input key={o.key} {...common} />;
  });
}

export function PlaceFields({ value: d, onValue, problem, self }) {
  const set = (change) => onValue({ ...d, ...change });
  const error = (field) => (problem?.field === field ? problem.detail : undefined);
  return (
    <>
      <Input label={t('device.name')} value={d.name} onValue={(name) => set({ name })} error={error('name')} maxLength={64} />
      <Select label={t('device.role')} hint={t('device.role.hint')} value={d.role} onValue={(role) => set({ role })} error={error('role')}
        options={ROLES.map((r) => [r, roleName(r)])} />
      <Select label={t('device.parent')} hint={t('device.parent.hint')} value={d.parent ?? ''} onValue={(p) => set({ parent: p || null })} error={error('parent')}
        options={[['', t('device.parent.none')], ...(devices.value ?? []).filter((x) => x.id !== self).map((x) => [x.id, x.name])]} />
      <Select label={t('device.interval')} value={String(d.interval_ms)} onValue={(v) => set({ interval_ms: Number(v) })} error={error('interval_ms')}
        options={[...new Set([500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, d.interval_ms])].sort((a, b) => a - b)
          .map((ms) => [String(ms), ms < 1000 ? new Intl.NumberFormat(locale.value).format(ms) + ' ms' : duration(ms / 1000, locale.value)])} />
      <Check label={t('device.inverted')} hint={t('device.inverted.hint')} checked={d.inverted} onValue={(inverted) => set({ inverted })} error={error('inverted')} />
    </>
  );
}

export const Values = ({ role, values }) => (
  <dl class="facts">
    {values.map((v) => (
      <div key={v.quantity}><dt>{quantityName(v.quantity)}</dt><dd>{valueWords(role, v)}</dd></div>
    ))}
  </dl>
);
