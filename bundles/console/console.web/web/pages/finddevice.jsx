// Finding devices: who has announced itself, a search where a person says, and the table of what is supported.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { inOrder, isSame, usualPort } from '../lib/endpoint.js';
import { t } from '../lib/i18n.js';
import { devices, loadDevices, narrow } from '../lib/store.js';
import { Back, RoleIcon, roleName, schemeName } from '../ui/devicefields.jsx';
import { Alert, Badge, Button, Choice, Empty, FormError, Input, Loading, Select, Trouble, useLoad } from '../ui/parts.jsx';
import { addFound, addModel } from './adddevice.jsx';

const NETWORK = ['tcp', 'http', 'https', 'udp'];
const BROKERS = ['broker', 'mqtt', 'mqtts'];

/** What a device that was found says it is. */
const Says = ({ definition: d, identity = {} }) => (
  <p class="hint">
    {[roleName(d.role), [identity.maker, identity.model].filter(Boolean).join(' '), d.endpoint, identity.serial].filter(Boolean).join(' · ')}
  </p>
);

/** Devices that announced themselves; nothing is read from them before a person adds them. */
export function Inbox() {
  const load = useLoad(() => api.get('/inbox'));
  const head = useRef();
  useEffect(() => {
    const timer = setInterval(() => load.reload(true), 10_000);
    return () => clearInterval(timer);
  }, []);
  const dismiss = async (id) => {
    await api.del('/inbox/' + encodeURIComponent(id)).catch(() => {});
    await load.reload(true);
    head.current?.focus();
  };
  if (!load.value?.length) return null;
  return (
    <section class="card inbox" aria-labelledby="inbox-title">
      <header class="card-head"><h2 id="inbox-title" ref={head} tabIndex={-1} class="focus-quiet">{t('inbox.title')}</h2></header>
      <p class="quiet">{t('inbox.text')}</p>
      <ul class="plain list-card">
        {load.value.map((f) => (
          <li key={f.id} class="list-row">
            <RoleIcon role={f.definition.role} />
            <div class="grow"><h3>{f.definition.name}</h3><Says {...f} /></div>
            <div class="row">
              <Button kind="primary" onClick={() => addFound(f.definition)} aria-label={t('inbox.add.label', { name: f.definition.name })}>{t('find.use')}</Button>
              <Button kind="quiet" onClick={() => dismiss(f.id)} aria-label={t('inbox.dismiss.label', { name: f.definition.name })}>{t('inbox.dismiss')}</Button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How this kind of device can be looked for. */
const waysOf = (driver) => [
  driver.schemes.some((s) => NETWORK.includes(s)) && 'range',
  driver.services.length > 0 && 'network',
  driver.schemes.includes('serial') && 'serial',
  driver.schemes.some((s) => BROKERS.includes(s)) && 'broker',
].filter(Boolean);

/** An address as people type it, made whole. */
function whole(driver, schemes, text) {
  if (/^[a-z-]+:/.test(text)) return text;
  if (text.startsWith('/')) return 'serial:' + text;
  const scheme = inOrder(driver.schemes.filter((s) => schemes.includes(s)))[0];
  return `${scheme}://${text}${/:\d+$/.test(text) ? '' : ':' + (usualPort(scheme, driver.defaultPort) ?? 502)}`;
}

export function Find() {
  const drivers = useLoad(async () => {
    if (!devices.value) await loadDevices().catch(() => {});
    return (await api.get('/drivers')).filter((x) => x.searches && waysOf(x).length);
  });
  const ports = useLoad(() => api.get('/serial-ports'));
  const [id, setDriver] = useState('');
  const [wish, setWay] = useState('range');
  const [where, setWhere] = useState('');
  const [port, setPort] = useState('*');
  const [broker, setBroker] = useState('broker');
  const [result, setResult] = useState(null);
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  const list = drivers.value ?? [];
  const driver = list.find((x) => x.id === id) ?? list[0];
  const ways = driver ? waysOf(driver) : [];
  const way = ways.includes(wish) ? wish : ways[0];
  const other = driver?.schemes.some((s) => s === 'mqtt' || s === 'mqtts');
  const own = driver?.schemes.includes('broker');
  const ownChosen = own && (broker === 'broker' || !other);
  const look = async (event) => {
    event.preventDefault();
    if (busy || !driver) return;
    const text = where.trim();
    const typed = way === 'range' || (way === 'broker' && !ownChosen);
    if (typed && !text) return fail({ field: 'where', detail: t('find.where.missing') });
    const full =
      way === 'network' ? 'mdns:'
      : way === 'serial' ? 'serial:' + port
      : way === 'broker' ? (ownChosen ? 'broker:hub' : whole(driver, ['mqtt', 'mqtts'], text))
      : whole(driver, NETWORK, text);
    work(true);
    fail(null);
    setResult(null);
    try {
      setResult(await api.post('/devices/discover', { driver: driver.id, where: full }, { timeout: 180_000 }));
    } catch (p) {
      fail(p);
    } finally {
      work(false);
    }
  };
  const known = (f) => (devices.value ?? []).some((d) => isSame(d, f.definition));
  return (
    <>
      <Back />
      <h1>{t('devices.find')}</h1>
      <p class="lead">{t('find.lead')}</p>
      {drivers.problem && <Trouble problem={drivers.problem} retry={drivers.reload} />}
      {drivers.value && !driver && <Alert kind="info">{t('find.nodriver')}</Alert>}
      {driver && (
        <form class="card form" onSubmit={look} noValidate>
          <FormError problem={problem} />
          <Select label={t('find.driver')} value={driver.id} onValue={setDriver} options={list.map((d) => [d.id, d.title])} />
          {ways.length > 1 && (
            <Choice legend={t('find.how')} name="way" value={way} onValue={setWay} options={ways.map((w) => [w, t('find.way.' + w)])} />
          )}
          {way === 'range' && (
            <Input label={t('find.where')} hint={t('find.where.hint')} value={where} onValue={setWhere} error={problem?.field === 'where' ? problem.detail : undefined} />
          )}
          {way === 'network' && <p class="hint">{t('find.network.hint')}</p>}
          {way === 'serial' && (ports.value?.length
            ? <Select label={t('address.path')} value={port} onValue={setPort}
                options={[['*', t('find.ports.all', { n: ports.value.length })], ...ports.value.map((p) => [p.path, p.description ? `${p.description} (${p.path})` : p.path])]} />
            : <Alert kind="info" action={<Button kind="quiet" onClick={() => ports.reload()}>{t('retry')}</Button>}>{t('find.ports.none')}</Alert>
          )}
          {way === 'broker' && own && other && (
            <Choice legend={t('find.broker')} name="broker" value={broker} onValue={setBroker} options={['broker', 'mqtt'].map((b) => [b, schemeName(b)])} />
          )}
          {way === 'broker' && (ownChosen
            ? <p class="hint">{t('address.broker')}</p>
            : <Input label={t('find.broker.where')} hint={t('find.broker.hint')} value={where} onValue={setWhere} error={problem?.field === 'where' ? problem.detail : undefined} />
          )}
          <Button kind="primary" type="submit" busy={busy} icon="search">{t('find.start')}</Button>
        </form>
      )}
      <div role="status" aria-live="polite" class="stack">
        {busy && <Loading>{t('find.busy')}</Loading>}
        {result?.length === 0 && <Alert kind="info">{t('find.none.' + way)}</Alert>}
        {result?.length > 0 && <h2>{t('find.found', { n: result.length })}</h2>}
      </div>
      {result?.length > 0 && (
        <ul class="plain device-cards">
          {result.map((f) => (
            <li key={f.definition.endpoint + JSON.stringify(f.definition.settings)} class="card device-card">
              <RoleIcon role={f.definition.role} />
              <div class="grow"><h3>{f.definition.name}</h3><Says {...f} /></div>
              {known(f)
                ? <Badge>{t('find.known')}</Badge>
                : <Button onClick={() => addFound(f.definition)} aria-label={t('inbox.add.label', { name: f.definition.name })}>{t('find.use')}</Button>}
            </li>
          ))}
        </ul>
      )}
      <p><a href="#/devices/models">{t('models.title')}</a></p>
    </>
  );
}

/** All devices that the installed drivers know to work, with a search over all columns. */
export function Models() {
  const load = useLoad(() => api.get('/drivers/models'));
  const [search, setSearch] = useState('');
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const text = (m) => `${m.maker} ${m.model} ${roleName(m.role)} ${m.driverTitle} ${m.driver} ${m.schemes.map(schemeName).join(' ')}`.toLowerCase();
  const rows = (load.value ?? []).filter((m) => words.every((w) => text(m).includes(w)));
  return (
    <>
      <Back />
      <h1>{t('models.title')}</h1>
      <p class="lead">{t('models.lead')}</p>
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {!load.value && load.loading && <Loading />}
      {load.value?.length === 0 && <Empty icon="puzzle" title={t('models.none.title')}><p>{t('models.none.text')}</p></Empty>}
      {load.value?.length > 0 && (
        <section class="card">
          <Input label={t('models.search')} value={search} onValue={setSearch} type="search" />
          <p class="hint count" role="status">{t('models.count', { n: rows.length })}</p>
          {rows.length > 0 && (
            <div class="table-box tall" tabIndex={0} role="region" aria-label={t('models.title')}>
              <table class="models">
                <thead>
                  <tr>
                    <th scope="col">{t('models.device')}</th>
                    {!narrow.value && <><th scope="col">{t('models.role')}</th><th scope="col">{t('models.driver')}</th><th scope="col">{t('models.source')}</th></>}
                    <th scope="col"><span class="sr">{t('devices.add')}</span></th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((m) => (
                    <tr key={m.driver + m.maker + m.model + JSON.stringify(m.settings)}>
                      <th scope="row">
                        {m.maker} {m.model}
                        {narrow.value && <small>{roleName(m.role)} · {m.driverTitle}</small>}
                        {narrow.value && <small>{m.source}</small>}
                      </th>
                      {!narrow.value && (
                        <>
                          <td>{roleName(m.role)}</td>
                          <td>{m.driverTitle}<small>{[...new Set(m.schemes.map(schemeName))].join(', ')}</small></td>
                          <td class="source">{m.source}</td>
                        </>
                      )}
                      <td><Button onClick={() => addModel(m)} aria-label={t('inbox.add.label', { name: `${m.maker} ${m.model}` })}>{t('find.use')}</Button></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
      )}
    </>
  );
}
