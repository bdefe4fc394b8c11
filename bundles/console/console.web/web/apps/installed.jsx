// An app that is here: on or off, what it shows, may, costs and uses, and its end.
import { useEffect, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { language, locale, t } from '../lib/i18n.js';
import { go } from '../lib/router.js';
import { zone } from '../lib/store.js';
import { Alert, Back, Badge, Button, Card, Confirm, Loading, Saved, Trouble, explain, useAction, useLoad } from '../ui/parts.jsx';
import { About, Head, Resources, RiskReasons, count, cpu, deed, purposeName, size } from './bits.jsx';
import { Cards } from './cards.jsx';
import { Consent, Data } from './consent.jsx';
import { Licence } from './licence.jsx';
import { KIND, asksMore, more, moving } from './plain.js';

const IDLE_MS = 5_000;
const BUSY_MS = 1_000;
const GONE = ['ASKING', 'REFUSED'];

function Switch({ app, busy, onToggle }) {
  const on = ['ON', 'STARTING', 'UPDATING', 'STOPPED'].includes(app.step);
  return (
    <button type="button" role="switch" class="switch" aria-checked={on ? 'true' : 'false'} aria-label={app.name}
      aria-disabled={busy ? 'true' : undefined} onClick={() => !busy && onToggle(!on)}>
      <span class="knob" /><span class="switch-text">{busy ? '…' : t(on ? 'on' : 'off')}</span>
    </button>
  );
}

function Used({ app }) {
  const u = app.usage;
  const r = app.manifest.resources;
  return (
    <Card title={t('app.used')} icon="gauge">
      {u?.slowed && <Alert kind="warn">{t('app.slowed')}</Alert>}
      {!u ? <p class="hint">{t('app.used.nothing')}</p> : (
        <dl class="facts">
          <div><dt>{t('app.used.values')}</dt><dd>{count(u.values)}</dd></div>
          <div><dt>{t('app.res.cpu')}</dt><dd>{cpu(u.cpuMs)}</dd></div>
          <div><dt>{t('app.res.memory')}</dt><dd>{u.memoryBytes < 0 ? t('app.unknown') : t('app.of', { used: size(u.memoryBytes), most: size(r.memory_mb * 1e6) })}</dd></div>
          <div><dt>{t('app.res.storage')}</dt><dd>{t('app.of', { used: size(u.storedBytes), most: size(r.storage_kb * 1000) })}</dd></div>
          <div><dt>{t('app.res.network')}</dt><dd>{t('app.of', { used: size(u.networkBytes), most: size(r.network_kb_per_day * 1000) })}</dd></div>
          <div><dt>{t('app.res.log')}</dt><dd>{count(u.logLines)}{u.logDropped > 0 && ' · ' + t('app.dropped', { n: count(u.logDropped) })}</dd></div>
        </dl>
      )}
      <details class="as-table"><summary>{t('app.asks.resources')}</summary><Resources resources={r} /></details>
    </Card>
  );
}

function Update({ app, busy, onUpdate }) {
  const next = app.update;
  const extra = more(app.manifest, next.manifest);
  const asks = next.more || asksMore(extra);
  return (
    <Card class="roomy" title={t('app.update.title', { version: next.version })} icon="download">
      <p class="description">{next.manifest.changes || t('app.update.silent')}</p>
      {asks && (
        <Alert kind="warn" title={t('app.update.more')}>
          <ul class="dots-list">
            {extra.data.map((d) => <li key={d.purpose}>{t('app.asks.data')}: {purposeName(d.purpose)} – “{d.why}”</li>)}
            {extra.actuators.map((a) => <li key={a.key}>{deed(a)} – “{a.why}”</li>)}
            {extra.hosts.map((h) => <li key={h.host}><code>{h.host}</code> – “{h.why}”</li>)}
            {extra.place && <li>{t('app.asks.place')}</li>}
            {extra.resources.length > 0 && <li>{t('app.asks.resources')}</li>}
          </ul>
        </Alert>
      )}
      <p class="hint">{t('app.update.how')}</p>
      <Button kind="primary" icon="download" busy={busy} onClick={onUpdate}>{t('app.update.do')}</Button>
    </Card>
  );
}

function Log({ app }) {
  const [open, show] = useState(false);
  const load = useLoad(() => (open ? api.get(`/apps/${app.id}/log`) : null), open);
  return (
    <details class="as-table" onToggle={(e) => show(e.currentTarget.open)}>
      <summary>{t('app.log')}</summary>
      {load.problem && <Alert>{explain(load.problem)}</Alert>}
      {load.value?.length === 0 && <p class="hint">{t('app.log.empty')}</p>}
      <ul class="plain entries">
        {load.value?.map((line, i) => (
          <li key={i}><span class="hint when">{dateTime(line.at, locale.value, zone.value, { dateStyle: 'short', timeStyle: 'medium' })}</span> <span class={'grow' + (line.warning ? ' error' : '')}>{line.text}</span></li>
        ))}
      </ul>
    </details>
  );
}

function End({ app, act, onRolled }) {
  const remove = () => act(async () => {
    await api.del('/apps/' + app.id);
    go('apps');
  });
  return (
    <Card class="roomy" title={t('app.end')} icon="archive">
      <div class="row">
        <a class="button" href={api.url(`/apps/${app.id}/export`)} download><span>{t('app.export')}</span></a>
        {app.previous && <Confirm icon="back" label={t('app.rollback', { version: app.previous })} question={t('app.rollback.sure', { version: app.previous })} onConfirm={onRolled} />}
      </div>
      <p class="hint">{t('app.remove.text')}</p>
      <Confirm label={t('app.remove')} question={t('app.remove.sure', { name: app.name })} onConfirm={remove} />
      <Log app={app} />
      <About app={app} manifest={app.manifest} />
    </Card>
  );
}

export function Installed({ id }) {
  const path = '/apps/' + encodeURIComponent(id);
  const load = useLoad(async () => {
    const [app, all, catalogues] = await Promise.all([api.get(`${path}?lang=${language.value}`), api.get('/apps?lang=' + language.value), api.get('/catalogues')]);
    return { app, work: all.work.find((w) => w.app === id), source: catalogues.find((c) => c.name === app.source) };
  }, language.value);
  const [said, say] = useState('');
  const action = useAction();
  const value = load.value;
  const under = value && (moving(value.app) || value.work?.problem === null);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && load.reload(true), under ? BUSY_MS : IDLE_MS);
    return () => clearInterval(timer);
  }, [under]);
  if (load.problem && (!value || load.problem.status === 404)) return <><Back to="apps">{t('nav.apps')}</Back><Trouble problem={load.problem} retry={load.reload} /></>;
  if (!value) return <Loading />;
  const { app, work, source } = value;
  const changed = (_, words) => {
    say(words ?? '');
    if (words) scrollTo(0, 0);
    return load.reload(true);
  };
  const act = (what) => {
    say('');
    return action.run(what);
  };
  const toggle = (on) => act(async () => {
    await api.put(`${path}/enabled`, { enabled: on });
    await changed(null, t(on ? 'app.switched.on' : 'app.switched.off', { name: app.name }));
  });
  const update = () => act(async () => {
    await api.post(`${path}/update`);
    await load.reload(true);
  });
  const rollback = () => act(async () => {
    await api.post(`${path}/rollback`);
    await changed(null, t('app.rolled'));
  });
  const m = app.manifest;
  const first = app.step === 'ASKING';
  const parts = [
    (m.actuators.length > 0 || m.hosts.length > 0 || m.place !== null || first) && <Consent key={'consent' + app.version} app={app} onChange={changed} />,
    m.data.length > 0 && <Data key="data" app={app} onChange={changed} />,
    <Licence key="licence" app={app} onChange={changed} />,
  ];
  return (
    <>
      <Back to="apps">{t('nav.apps')}</Back>
      <Head app={app}>
        <div class="row">
          {!['ON', 'OFF'].includes(app.step) && <Badge kind={KIND[app.step]}>{t('app.step.' + app.step)}</Badge>}
          {!GONE.includes(app.step) && <Switch app={app} busy={action.busy || under} onToggle={toggle} />}
        </div>
      </Head>
      <p class="lead">{app.summary}</p>
      <Saved show={said}>{said}</Saved>
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
      {app.withdrawn && <Alert title={t('app.withdrawn.title')}>{t('app.withdrawn', { why: app.withdrawn })}</Alert>}
      {app.problem && <Alert kind={app.step === 'ON' ? 'warn' : 'error'} title={t('app.step.' + app.step)}>{app.problem}</Alert>}
      {app.step === 'REFUSED' && <Alert>{t('app.refused')}</Alert>}
      {app.step === 'STOPPED' && <Alert kind="info">{t('app.stopped')}</Alert>}
      {source && source.state !== 'FRESH' && <Alert kind="warn" title={source.operator + ': ' + t('app.source.' + source.state)}>{t('app.source.means.' + source.state)}</Alert>}
      {work?.problem && <Alert>{t('app.failed.' + work.doing, { why: work.problem })}</Alert>}
      {work && work.problem === null && <Card><Loading>{t('app.doing.' + work.doing, { app: app.name })}</Loading></Card>}
      {app.step === 'ON' && <Cards app={app} />}
      {app.update && <Update app={app} busy={action.busy || under} onUpdate={update} />}
      {parts}
      <Used app={app} />
      <Card title={t('app.risk')} icon="alert"><RiskReasons risk={app.risk} /></Card>
      <End app={app} act={act} onRolled={rollback} />
    </>
  );
}
