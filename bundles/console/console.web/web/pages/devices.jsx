// Devices: who is read, how they are, and changing and removing them.
import { useEffect, useMemo, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { fault, format as address, parse } from '../lib/endpoint.js';
import { importantFirst, plain } from '../lib/flow.js';
import { ago, dateTime, duration, quantity } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';
import { go, route } from '../lib/router.js';
import { devices, loadDevices, now, prosumer, zone } from '../lib/store.js';
import { Control } from '../ui/control.jsx';
import { AddressFields, Back, definitionOf, OptionFields, path, PlaceFields, RoleIcon, roleName } from '../ui/devicefields.jsx';
import { Icon } from '../ui/icons.jsx';
import { deviceWords, quantityName, valueWords } from '../ui/words.js';
import {
  Alert, Badge, Button, Card, Check, Choice, Confirm, Empty, FormError, Loading, Select, Trouble, useLoad,
} from '../ui/parts.jsx';
import { Add } from './adddevice.jsx';
import { Find, Inbox, Models } from './finddevice.jsx';

const STATE_KIND = { online: 'ok', failing: 'warn', offline: 'bad', starting: '', disabled: '', unavailable: 'bad' };

const State = ({ state }) => <Badge kind={STATE_KIND[plain(state)]}>{t('state.' + plain(state))}</Badge>;
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
      <Inbox />
      {load.problem && !list && <Trouble problem={load.problem} retry={load.reload} />}
      {!list && load.loading && <Loading />}
      {list?.length === 0 && (
        <Empty icon="devices" title={t('devices.empty.title')}><p>{t('devices.empty.text')}</p></Empty>
      )}
      {list?.length > 0 && (
        <ul class="plain device-cards">
          {list.map((d) => (
            <li key={d.id} class="card device-card">
              <RoleIcon role={d.role} />
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
      <p><a href={path('models')}>{t('models.title')}</a></p>
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
          <RoleIcon role={d.role} size={28} large />
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
      {prosumer.value && <Control device={d} />}
      {prosumer.value && <History device={d} />}
      <Card title={t('device.remove.title')}>
        <p class="quiet">{t('device.remove.text')}</p>
        {failed && <Alert>{failed.message}</Alert>}
        <div class="row spaced"><Confirm label={t('device.remove')} question={t('device.remove.sure', { name: d.name })} onConfirm={remove} /></div>
      </Card>
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
  const driver = load.value.drivers.find((x) => x.id === d.driver) ?? { schemes: [parts.scheme], options: [], defaultPort: -1 };
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
  if (id === 'models') return <Models />;
  return what === 'edit' ? <Edit key={id} id={id} /> : <Detail key={id} id={id} />;
}
