// An app of a catalogue: what it asks and costs, and installing it.
import { useEffect } from 'preact/hooks';
import * as api from '../lib/api.js';
import { language, t } from '../lib/i18n.js';
import { go } from '../lib/router.js';
import { Alert, Back, Button, Card, Loading, Trouble, explain, useAction, useLoad } from '../ui/parts.jsx';
import { About, Asks, Head, Levels, RiskReasons } from './bits.jsx';

const POLL_MS = 1_000;

export function Offer({ source, id }) {
  const load = useLoad(async () => {
    const [offer, apps] = await Promise.all([
      api.get(`/apps/offers/${encodeURIComponent(source)}/${encodeURIComponent(id)}?lang=${language.value}`),
      api.get('/apps?lang=' + language.value),
    ]);
    return { offer, work: apps.work.find((w) => w.app === id), here: apps.apps.find((a) => a.id === id) };
  }, language.value);
  const action = useAction();
  const value = load.value;
  const under = (value?.work && value.work.problem === null) || value?.here?.step === 'INSTALLING';
  useEffect(() => {
    if (!under) return;
    const timer = setInterval(() => load.reload(true), POLL_MS);
    return () => clearInterval(timer);
  }, [under]);
  const asking = value?.here?.step === 'ASKING';
  useEffect(() => {
    if (asking) go('apps/' + id);
  }, [asking]);
  if (load.problem && !value) return <><Back to="apps">{t('nav.apps')}</Back><Trouble problem={load.problem} retry={load.reload} /></>;
  if (!value) return <Loading />;
  const o = value.offer;
  const m = o.manifest;
  const install = () => action.run(async () => {
    await api.post('/apps', { app: id, source });
    await load.reload(true);
  });
  return (
    <>
      <Back to="apps">{t('nav.apps')}</Back>
      <Head app={o}>
        {value.here
          ? <a class="button" href={'#/apps/' + id}><span>{t('app.open')}</span></a>
          : !o.blocked && !o.withdrawn && <Button kind="primary" icon="download" busy={action.busy || under} onClick={install}>{t('app.install')}</Button>}
      </Head>
      <p class="lead">{o.summary}</p>
      {under && <Card><Loading>{t('app.doing.install', { app: o.name })}</Loading></Card>}
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
      {value.work?.problem && <Alert>{t('app.failed.install', { why: value.work.problem })}</Alert>}
      {o.withdrawn && <Alert>{t('app.withdrawn', { why: o.withdrawn })}</Alert>}
      {o.blocked && !o.withdrawn && <Alert kind="warn">{o.blocked}</Alert>}
      <div class="two">
        <Card title={t('app.risk')} icon="alert"><RiskReasons risk={o.risk} /></Card>
        <Card title={t('app.cost')} icon="archive"><Levels levels={m.levels} /></Card>
      </div>
      <Card class="roomy" title={t('app.description')} icon="info">
        <p class="description">{m.description}</p>
        {m.changes && <><h3>{t('app.changes', { version: o.version })}</h3><p class="description">{m.changes}</p></>}
        <About app={o} manifest={m} />
      </Card>
      <Asks manifest={m} />
    </>
  );
}
