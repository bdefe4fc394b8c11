// Devices: who is read, how they are, and adding, finding, changing and removing them.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { fault, format as address, inOrder, parse } from '../lib/endpoint.js';
import { importantFirst, plain } from '../lib/flow.js';
import { ago, dateTime, duration, quantity } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';
import { go, route } from '../lib/router.js';
import { devices, loadDevices, now, prosumer, zone } from '../lib/store.js';
import { Icon, roleIcon } from '../ui/icons.jsx';
import { deviceWords, quantityName, valueWords } from '../ui/words.js';
import {
  Alert, Badge, Button, Card, Check, Choice, Confirm, Empty, FormError, Input, Loading, Select, Trouble, useLoad,
} from '../ui/parts.jsx';

const ROLES = [
  'GRID_METER', 'PV', 'GENERATOR', 'BATTERY', 'EV_CHARGER', 'HEAT_PUMP', 'WATER_HEATER', 'LOAD', 'SUB_METER',
  'GAS_METER', 'HEAT_METER', 'WATER_METER', 'SENSOR',
];
const STATE_KIND = { online: 'ok', failing: 'warn', offline: 'bad', starting: '', disabled: '', unavailable: 'bad' };

const roleName = (role) => (has('role.' + plain(role)) ? t('role.' + plain(role)) : role);
const State = ({ state }) => <Badge kind={STATE_KIND[plain(state)]}>{t('state.' + plain(state))}</Badge>;
const path = (...parts) => '#/devices/' + parts.map(encodeURIComponent).join('/');

const Back = () => (
  <a class="back" href="#/devices"><Icon name="back" size={20} /> {t('nav.devices')}</a>
);

function List() {
  const load = useLoad(loadDevices);
  useEffect(() => {
    const timer = setInterval(() => load.reload(true), 10_000);
    return () => clearInterval(timer);
  }, []);
  const list = devices.value;
  const live = new Map(now.value?.devices.map((d) => [d.id, d]));
  return (
    <>
      <div class="title-row">
        <h1>{t('nav.devices')}</h1>
        <div class="row">
          <a class="button" href={path('find')}><Icon name="search" size={20} /><span>{t('devices.find')}</span></a>
          <a class="button primary" href={path('new')}><Icon name="plus" size={20} /><span>{t('devices.add')}</span></a>
        </div>
      </div>
      {load.problem && !list && <Trouble problem={load.problem} retry={load.reload} />}
      {!list && load.loading && <Loading />}
      {list?.length === 0 && (
        <Empty icon="devices" title={t('devices.empty.title')}><p>{t('devices.empty.text')}</p></Empty>
      )}
      {list?.length > 0 && (
        <ul class="plain device-cards">
          {list.map((d) => (
            <li key={d.id} class="card device-card">
              <span class={'role-icon ' + plain(d.role)}><Icon name={roleIcon(plain(d.role))} size={24} /></span>
              <div class="grow">
                <h2><a href={path(d.id)}>{d.name}</a></h2>
                <p class="hint">{roleName(d.role)} · {d.health.identity?.maker ? [d.health.identity.maker, d.health.identity.model].filter(Boolean).join(' ') : d.driver}</p>
                {!d.health.lastError && live.has(d.id) && <p>{deviceWords({ ...live.get(d.id), role: plain(d.role) })}</p>}
                {d.health.lastError && <p class="error"><Icon name="alert" size={16} /><span>{d.health.lastError}</span></p>}
              </div>
              <State state={d.health.state} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const neg = (x) => (Number.isFinite(x) ? -x : x);
const lazyChart = () => import('../ui/chart.jsx');
const RANGES = { day: [86_400, 'quarter'], week: [7 * 86_400, 'hour'], month: [30 * 86_400, 'hour'] };

function History({ device }) {
  const values = now.value?.devices.find((d) => d.id === device.id)?.values ?? [];
  const choices = [...new Set(['power.active', ...values.map((v) => v.quantity)])].filter((q) => values.length === 0 || values.some((v) => v.quantity === q));
  const [which, pick] = useState(null);
  const [range, setRange] = useState('day');
  const [chart, setChart] = useState(null);
  const [point, setPoint] = useState(null);
  const name = which ?? choices[0];
  useEffect(() => void lazyChart().then(setChart), []);
  const load = useLoad(() => {
    const [seconds, resolution] = RANGES[range];
    const to = now.value ? new Date(now.value.time) : new Date();
    const query = new URLSearchParams({
      device: device.id, quantity: name, resolution,
      from: new Date(to - seconds * 1000).toISOString(), to: to.toISOString(),
    });
    return api.get('/history?' + query);
  }, device.id + name + range);
  const unit = values.find((v) => v.quantity === name)?.unit ?? 'W';
  const lang = locale.value;
  const kind = plain(device.role);
  const signed = name.startsWith('power.active');
  // Producers give: their chart points up. Where both directions occur, a sentence says which is which.
  const flip = signed && (kind === 'pv' || kind === 'generator');
  const both = signed && ['battery', 'grid-meter', 'ev-charger'].includes(kind);
  const raw = load.value?.points;
  const points = useMemo(
    () => (flip ? raw?.map((p) => ({ ...p, mean: neg(p.mean), min: neg(p.max), max: neg(p.min) })) : raw),
    [raw, flip],
  );
  const at = point === null ? null : points?.[point];
  return (
    <Card title={t('history.title')} class="chart-card">
      <div class="row">
        {choices.length > 1 && (
          <Select label={t('history.what')} value={name} onValue={pick} options={choices.map((q) => [q, quantityName(q)])} />
        )}
        <Choice legend={t('period')} name="range" value={range} onValue={setRange}
          options={Object.keys(RANGES).map((r) => [r, t('range.' + r)])} />
      </div>
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {points?.length === 0 && <p class="quiet">{t('history.none')}</p>}
      {both && points?.length > 0 && <p class="hint">{t('history.sign.' + kind)}</p>}
      {points?.length > 0 && chart && (
        <>
          <chart.ValueLine points={points} zone={zone.value} height={240} color={{ pv: 'sun', battery: 'battery', 'ev-charger': 'car', 'grid-meter': 'grid' }[plain(device.role)] ?? 'battery'}
            value={(v) => quantity(both ? Math.abs(v) : v, unit, lang)} label={t('history.label', { name: device.name, quantity: quantityName(name) })} onIndex={setPoint}
            time={(s, span) => dateTime(new Date(s * 1000).toISOString(), lang, zone.value, span > 2 * 86_400 ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit' })} />
          <p class="readout" aria-hidden="true">
            {at ? <><strong>{dateTime(at.start, lang, zone.value)}</strong><span>{quantity(at.mean, unit, lang)}</span><span>{quantity(at.min, unit, lang)} – {quantity(at.max, unit, lang)}</span></> : <span>{t('chart.hint')}</span>}
          </p>
          <details class="as-table">
            <summary>{t('table.short')}</summary>
            <div class="table-box" tabIndex={0} role="region" aria-label={t('table.short')}>
              <table>
                <thead><tr><th scope="col">{t('table.time')}</th><th scope="col" class="num">{t('table.mean')}</th><th scope="col" class="num">{t('table.min')}</th><th scope="col" class="num">{t('table.max')}</th></tr></thead>
                <tbody>
                  {points.map((p) => (
                    <tr key={p.start}><th scope="row">{dateTime(p.start, lang, zone.value)}</th><td class="num">{quantity(p.mean, unit, lang)}</td><td class="num">{quantity(p.min, unit, lang)}</td><td class="num">{quantity(p.max, unit, lang)}</td></tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </Card>
  );
}

function Detail({ id }) {
  const load = useLoad(() => api.get('/devices/' + encodeURIComponent(id)), id);
  const [failed, fail] = useState(null);
  useEffect(() => {
    const timer = setInterval(() => load.reload(true), 10_000);
    return () => clearInterval(timer);
  }, [id]);
  const d = load.value;
  const lang = locale.value;
  if (load.problem && !d) return <><Back /><h1>{t('nav.devices')}</h1><Trouble problem={load.problem} retry={load.reload} /></>;
  if (!d) return <><Back /><h1>{t('nav.devices')}</h1><Loading /></>;
  const h = d.health;
  const live = now.value?.devices.find((x) => x.id === id);
  const since = (iso) => (iso ? ago((Date.now() - Date.parse(iso)) / 1000, lang) : t('never'));
  const remove = async () => {
    try {
      await api.del('/devices/' + encodeURIComponent(id));
      await loadDevices().catch(() => {});
      go('devices');
    } catch (problem) {
      fail(problem);
    }
  };
  return (
    <>
      <Back />
      <div class="title-row">
        <div class="row nowrap">
          <span class={'role-icon large ' + plain(d.role)}><Icon name={roleIcon(plain(d.role))} size={28} /></span>
          <div><h1>{d.name}</h1><p class="quiet">{roleName(d.role)}</p></div>
        </div>
        <a class="button" href={path(id, 'edit')}><Icon name="settings" size={20} /><span>{t('edit')}</span></a>
      </div>
      {h.lastError && (
        <Alert kind={plain(h.state) === 'online' ? 'warn' : 'error'} title={t('device.trouble')}>
          {h.lastError}
          {h.retryIn_s > 0 && <> {t('device.retry', { time: duration(h.retryIn_s, lang) })}</>}
        </Alert>
      )}
      <div class="two">
        <Card title={t('device.values')}>
          {!prosumer.value ? <p class="quiet">{t('operator.values')}</p>
            : !live?.values?.length ? <p class="quiet">{t('doing.unknown')}</p>
            : (
              <dl class="facts">
                {importantFirst(live.values).map((v) => (
                  <div key={v.quantity}><dt>{quantityName(v.quantity)}</dt><dd>{valueWords(d.role, v)}</dd></div>
                ))}
              </dl>
            )}
        </Card>
        <Card title={t('device.connection')}>
          <dl class="facts">
            <div><dt>{t('device.state')}</dt><dd><State state={h.state} /></dd></div>
            <div><dt>{t('device.last')}</dt><dd>{since(h.lastReading)}</dd></div>
            <div><dt>{t('device.address')}</dt><dd><code>{d.endpoint}</code></dd></div>
            <div><dt>{t('device.driver')}</dt><dd>{d.driver}</dd></div>
            <div><dt>{t('device.interval')}</dt><dd>{duration(d.interval_ms / 1000, lang)}</dd></div>
            <div><dt>{t('device.polls')}</dt><dd>{t('device.polls.value', { polls: new Intl.NumberFormat(lang).format(h.polls), failures: new Intl.NumberFormat(lang).format(h.failures) })}</dd></div>
            {Number.isFinite(h.roundTrip_ms) && <div><dt>{t('device.roundtrip')}</dt><dd>{new Intl.NumberFormat(lang).format(h.roundTrip_ms)} ms</dd></div>}
            {Object.entries(h.identity ?? {}).map(([key, value]) => (
              <div key={key}><dt>{has('identity.' + key) ? t('identity.' + key) : key}</dt><dd>{value}</dd></div>
            ))}
          </dl>
        </Card>
      </div>
      {prosumer.value && <History device={d} />}
      <Card title={t('device.remove.title')}>
        <p class="quiet">{t('device.remove.text')}</p>
        {failed && <Alert>{failed.message}</Alert>}
        <div class="row spaced"><Confirm label={t('device.remove')} question={t('device.remove.sure', { name: d.name })} onConfirm={remove} /></div>
      </Card>
    </>
  );
}

const EMPTY = {
  name: '', role: 'LOAD', parent: null, driver: '', endpoint: '', settings: {}, interval_ms: 1000,
  inverted: false, enabled: true, readOnly: true, meterEpoch: 0,
};

/** What a definition is, of all that a device has. */
const definitionOf = (d) => Object.fromEntries(Object.keys(EMPTY).map((key) => [key, d[key] ?? EMPTY[key]]));

const defaultsOf = (driver) =>
  Object.fromEntries((driver?.options ?? []).filter((o) => o.default !== '' && o.default != null).map((o) => [o.key, o.default]));

function AddressFields({ driver, value, onValue, problem }) {
  const parts = value;
  const set = (change) => onValue({ ...parts, ...change });
  const parameter = (key) => (v) => set({ parameters: { ...parts.parameters, [key]: v } });
  const error = (part) => (problem?.field === part || (problem?.field === 'endpoint' && part !== 'port' && part !== 'baud') ? problem.detail : undefined);
  return (
    <>
      {driver.schemes.length > 1 && (
        <Choice legend={t('address.how')} name="scheme" value={parts.scheme} onValue={(scheme) => set({ scheme, parameters: {} })}
          options={inOrder(driver.schemes).map((s) => [s, has('scheme.' + s) ? t('scheme.' + s) : s])} />
      )}
      {parts.scheme === 'serial' ? (
        <>
          <Input label={t('address.path')} hint={t('address.path.hint')} value={parts.path} onValue={(v) => set({ path: v })} error={error('path')} />
          <div class="pair">
            <Select label={t('address.baud')} value={parts.parameters.baud ?? '9600'} onValue={parameter('baud')}
              options={['2400', '4800', '9600', '19200', '38400', '57600', '115200'].map((b) => [b, b])} />
            <Select label={t('address.parity')} value={parts.parameters.parity ?? 'none'} onValue={parameter('parity')}
              options={['none', 'even', 'odd'].map((p) => [p, t('parity.' + p)])} />
          </div>
        </>
      ) : (
        <div class="pair wide-narrow">
          <Input label={t('address.host')} hint={t('address.host.hint')} value={parts.host} onValue={(v) => set({ host: v })} error={error('host')} />
          <Input label={t('address.port')} value={parts.port} onValue={(v) => set({ port: v })} error={error('port')} inputMode="numeric" />
        </div>
      )}
    </>
  );
}

function OptionFields({ driver, settings, onValue, problem }) {
  return driver.options.map((o) => {
    const common = {
      label: o.title,
      hint: o.description,
      optional: !o.required,
      value: settings[o.key] ?? '',
      onValue: (v) => onValue({ ...settings, [o.key]: v }),
      error: problem?.field === o.key || problem?.field === 'settings.' + o.key ? problem.detail : undefined,
    };
    const choices = Object.entries(o.choices ?? {});
    return choices.length
      ? <Select key={o.key} {...common} options={[...(o.required && settings[o.key] ? [] : [['', '–']]), ...choices]} />
      : <Input key={o.key} {...common} type={o.secret ? 'password' : 'text'} autocomplete={o.secret ? 'new-password' : 'off'} />;
  });
}

function PlaceFields({ value: d, onValue, problem, self }) {
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

const Values = ({ role, values }) => (
  <dl class="facts">
    {values.map((v) => (
      <div key={v.quantity}><dt>{quantityName(v.quantity)}</dt><dd>{valueWords(role, v)}</dd></div>
    ))}
  </dl>
);

// A device found by discovery, on its way into the form that adds it.
let found = null;

function Add() {
  const drivers = useLoad(async () => {
    if (!devices.value) await loadDevices();
    return api.get('/drivers');
  });
  const [step, setStep] = useState(found ? 2 : 0);
  const [d, setD] = useState(() => ({ ...EMPTY, ...found }));
  const [parts, setParts] = useState(() => parse(found?.endpoint));
  const [test, setTest] = useState(null);
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  const [search, setSearch] = useState('');
  const head = useRef();
  const first = useRef(true);
  useEffect(() => void (found = null), []);
  useEffect(() => {
    if (first.current) first.current = false;
    else head.current?.focus();
  }, [step]);
  if (drivers.problem) return <><Back /><h1>{t('devices.add')}</h1><Trouble problem={drivers.problem} retry={drivers.reload} /></>;
  if (!drivers.value) return <><Back /><h1>{t('devices.add')}</h1><Loading /></>;
  const driver = drivers.value.find((x) => x.id === d.driver);
  const to = (n) => {
    fail(null);
    setStep(n);
  };
  const choose = (chosen, model) => {
    setD({
      ...d, driver: chosen.id, name: d.name || (model ? `${model.maker} ${model.model}` : ''), role: model?.role ?? d.role,
      settings: { ...defaultsOf(chosen), ...model?.settings },
    });
    setParts({ scheme: inOrder(chosen.schemes)[0], host: '', port: chosen.defaultPort > 0 ? String(chosen.defaultPort) : '', path: '', parameters: {} });
    setTest(null);
    to(1);
  };
  const tested = async (event) => {
    event?.preventDefault();
    if (busy) return;
    const wrong = fault(parts);
    if (wrong) return fail({ field: wrong, detail: t('address.' + wrong + '.wrong') });
    const missing = driver.options.find((o) => o.required && !d.settings[o.key]);
    if (missing) return fail({ field: missing.key, detail: t('required') });
    const next = { ...d, endpoint: address(parts) };
    setD(next);
    setTest(null);
    fail(null);
    if (!prosumer.value) return to(2);
    work(true);
    try {
      setTest(await api.post('/devices/test', withName(next)));
      to(2);
    } catch (p) {
      fail(p);
    } finally {
      work(false);
    }
  };
  const save = async (event) => {
    event.preventDefault();
    if (busy) return;
    if (!d.name.trim()) return fail({ field: 'name', detail: t('name.missing') });
    work(true);
    fail(null);
    try {
      await api.post('/devices', d);
      await loadDevices().catch(() => {});
      go('devices');
    } catch (p) {
      fail(p);
    } finally {
      work(false);
    }
  };
  const wanted = search.trim().toLowerCase();
  const models = drivers.value
    .flatMap((x) => x.models.map((m) => ({ driver: x, ...m })))
    .filter((m) => `${m.maker} ${m.model} ${m.driver.title}`.toLowerCase().includes(wanted))
    .sort((a, b) => `${a.maker} ${a.model}`.localeCompare(`${b.maker} ${b.model}`));
  const steps = ['model', 'address', 'name'];
  return (
    <>
      <Back />
      <h1>{t('devices.add')}</h1>
      <ol class="steps">
        {steps.map((s, i) => (
          <li key={s} class={i === step ? 'on' : i < step ? 'done' : ''} aria-current={i === step ? 'step' : undefined}>
            <span class="step-number" aria-hidden="true">{i < step ? <Icon name="check" size={16} /> : i + 1}</span>
            <span>{t('step.' + s)}</span>
          </li>
        ))}
      </ol>
      <h2 ref={head} tabIndex={-1} class="step-title focus-quiet">{t('step.' + steps[step] + '.title')}</h2>
      {step === 0 && (
        <>
          <Input label={t('model.search')} value={search} onValue={setSearch} type="search" />
          <ul class="plain model-list" aria-label={t('model.list')}>
            {models.map((m) => (
              <li key={m.driver.id + m.maker + m.model}>
                <button type="button" class="tile" onClick={() => choose(m.driver, m)}>
                  <span class={'role-icon ' + plain(m.role)}><Icon name={roleIcon(plain(m.role))} size={22} /></span>
                  <span class="grow"><strong>{m.maker} {m.model}</strong><small>{m.driver.title}</small></span>
                  <Icon name="next" size={18} />
                </button>
              </li>
            ))}
          </ul>
          {models.length === 0 && <p class="quiet">{t('model.none')}</p>}
          <h3>{t('model.other')}</h3>
          <ul class="plain model-list">
            {drivers.value.map((x) => (
              <li key={x.id}>
                <button type="button" class="tile" onClick={() => choose(x)}>
                  <span class="role-icon"><Icon name="puzzle" size={22} /></span>
                  <span class="grow"><strong>{x.title}</strong><small>{x.id}</small></span>
                  <Icon name="next" size={18} />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {step === 1 && driver && (
        <form class="card form" onSubmit={tested} noValidate>
          <FormError problem={problem} />
          <AddressFields driver={driver} value={parts} onValue={setParts} problem={problem} />
          <OptionFields driver={driver} settings={d.settings} onValue={(settings) => setD({ ...d, settings })} problem={problem} />
          {!prosumer.value && <p class="hint">{t('operator.test')}</p>}
          <div class="row">
            <Button kind="primary" type="submit" busy={busy}>{t(prosumer.value ? 'step.test' : 'step.next')}</Button>
            <Button kind="quiet" onClick={() => to(0)}>{t('back')}</Button>
          </div>
        </form>
      )}
      {step === 2 && (
        <form class="card form" onSubmit={save} noValidate>
          {test && (
            <div class="test-result">
              <Alert kind="ok" title={t('test.ok')}>{t('test.ok.text')}</Alert>
              <Values role={d.role} values={importantFirst(test.values).slice(0, 8)} />
            </div>
          )}
          <FormError problem={problem} />
          <PlaceFields value={d} onValue={setD} problem={problem} />
          <div class="row">
            <Button kind="primary" type="submit" busy={busy}>{t('device.save')}</Button>
            <Button kind="quiet" onClick={() => to(driver ? 1 : 0)}>{t('back')}</Button>
          </div>
        </form>
      )}
    </>
  );
}

/** A test read needs a name only because a definition has one. */
const withName = (d) => ({ ...d, name: d.name || 'Test' });

function Find() {
  const drivers = useLoad(() => api.get('/drivers'));
  const [driver, setDriver] = useState('');
  const [where, setWhere] = useState('');
  const [result, setResult] = useState(null);
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  const list = drivers.value ?? [];
  const chosen = driver || list[0]?.id || '';
  const look = async (event) => {
    event.preventDefault();
    if (busy) return;
    if (!where.trim()) return fail({ field: 'where', detail: t('find.where.missing') });
    const d = list.find((x) => x.id === chosen);
    const text = where.trim();
    const full = /^[a-z-]+:/.test(text) ? text : text.startsWith('/') ? 'serial:' + text : `tcp://${text}${/:\d+$/.test(text) ? '' : ':' + (d?.defaultPort > 0 ? d.defaultPort : 502)}`;
    work(true);
    fail(null);
    setResult(null);
    try {
      setResult(await api.post('/devices/discover', { driver: chosen, where: full }, { timeout: 180_000 }));
    } catch (p) {
      fail(p);
    } finally {
      work(false);
    }
  };
  return (
    <>
      <Back />
      <h1>{t('devices.find')}</h1>
      <p class="lead">{t('find.lead')}</p>
      {drivers.problem && <Trouble problem={drivers.problem} retry={drivers.reload} />}
      <form class="card form" onSubmit={look} noValidate>
        <FormError problem={problem} />
        <Select label={t('find.driver')} value={chosen} onValue={setDriver} options={list.map((d) => [d.id, d.title])} />
        <Input label={t('find.where')} hint={t('find.where.hint')} value={where} onValue={setWhere} error={problem?.field === 'where' ? problem.detail : undefined} />
        <Button kind="primary" type="submit" busy={busy} icon="search">{t('find.start')}</Button>
      </form>
      <div role="status" aria-live="polite" class="stack">
        {busy && <Loading />}
        {result?.length === 0 && <Alert kind="info">{t('find.none')}</Alert>}
        {result?.length > 0 && <h2>{t('find.found', { n: result.length })}</h2>}
      </div>
      {result?.length > 0 && (
        <ul class="plain device-cards">
          {result.map((f) => (
            <li key={f.definition.endpoint + JSON.stringify(f.definition.settings)} class="card device-card">
              <span class={'role-icon ' + plain(f.definition.role)}><Icon name={roleIcon(plain(f.definition.role))} size={24} /></span>
              <div class="grow">
                <h3>{f.definition.name}</h3>
                <p class="hint">{roleName(f.definition.role)} · {f.definition.endpoint}{f.identity?.serial && ` · ${f.identity.serial}`}</p>
              </div>
              <Button onClick={() => { found = f.definition; go('devices/new'); }}>{t('find.use')}</Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Edit({ id }) {
  const load = useLoad(async () => {
    const [device, drivers] = await Promise.all([api.getTagged('/devices/' + encodeURIComponent(id)), api.get('/drivers'), devices.value ?? loadDevices()]);
    return { ...device, drivers };
  }, id);
  const [d, setD] = useState(null);
  const [parts, setParts] = useState(null);
  const [swapped, swap] = useState(false);
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  useEffect(() => {
    if (load.value) {
      setD(definitionOf(load.value.value));
      setParts(parse(load.value.value.endpoint));
      swap(false);
      fail(null);
    }
  }, [load.value]);
  if (load.problem) return <><Back /><h1>{t('edit')}</h1><Trouble problem={load.problem} retry={load.reload} /></>;
  if (!d || !parts) return <><Back /><h1>{t('edit')}</h1><Loading /></>;
  const driver = load.value.drivers.find((x) => x.id === d.driver) ?? { schemes: [parts.scheme], options: [] };
  const save = async (event) => {
    event.preventDefault();
    if (busy) return;
    const wrong = fault(parts);
    if (wrong) return fail({ field: wrong, detail: t('address.' + wrong + '.wrong') });
    if (!d.name.trim()) return fail({ field: 'name', detail: t('name.missing') });
    work(true);
    fail(null);
    try {
      const tag = load.value.tag ?? `"${load.value.value.revision}"`;
      await api.put('/devices/' + encodeURIComponent(id), { ...d, endpoint: address(parts), meterEpoch: d.meterEpoch + (swapped ? 1 : 0) }, tag);
      await loadDevices().catch(() => {});
      location.hash = path(id);
    } catch (p) {
      fail(p);
    } finally {
      work(false);
    }
  };
  return (
    <>
      <a class="back" href={path(id)}><Icon name="back" size={20} /> {load.value.value.name}</a>
      <h1>{t('edit.title', { name: load.value.value.name })}</h1>
      <form class="card form" onSubmit={save} noValidate>
        {problem?.status === 412 ? <Stale reload={() => load.reload()} /> : <FormError problem={problem} />}
        <PlaceFields value={d} onValue={setD} problem={problem} self={id} />
        <AddressFields driver={driver} value={parts} onValue={setParts} problem={problem} />
        <OptionFields driver={driver} settings={d.settings} onValue={(settings) => setD({ ...d, settings })} problem={problem} />
        <Check label={t('device.enabled')} hint={t('device.enabled.hint')} checked={d.enabled} onValue={(enabled) => setD({ ...d, enabled })} />
        <Check label={t('device.readonly')} hint={t('device.readonly.hint')} checked={d.readOnly} onValue={(readOnly) => setD({ ...d, readOnly })} />
        <Check label={t('device.swapped')} hint={t('device.swapped.hint')} checked={swapped} onValue={swap} />
        <div class="row">
          <Button kind="primary" type="submit" busy={busy}>{t('save')}</Button>
          <a class="button quiet" href={path(id)}><span>{t('cancel')}</span></a>
        </div>
      </form>
    </>
  );
}

/** Somebody else changed the same thing meanwhile. */
export const Stale = ({ reload }) => (
  <Alert title={t('conflict.title')} action={<Button kind="quiet" onClick={reload}>{t('conflict.load')}</Button>}>{t('conflict.text')}</Alert>
);

export function Devices() {
  const [, id, what] = route.value.parts;
  if (!id) return <List />;
  if (id === 'new') return <Add />;
  if (id === 'find') return <Find />;
  return what === 'edit' ? <Edit key={id} id={id} /> : <Detail key={id} id={id} />;
}
