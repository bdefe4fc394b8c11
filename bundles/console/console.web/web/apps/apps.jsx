// Apps of others: catalogue, what they ask, what they may, what they show. Loaded when first opened.
import { useEffect, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { extend, language, t } from '../lib/i18n.js';
import { route } from '../lib/router.js';
import { devices, loadDevices, prosumer } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Badge, Card, Empty, Input, Loading, Trouble, useLoad } from '../ui/parts.jsx';
import { Accounts } from './accounts.jsx';
import { AppIcon, Risk, price } from './bits.jsx';
import { Catalogues } from './catalogues.jsx';
import { Installed } from './installed.jsx';
import { Offer } from './offer.jsx';
import { KIND, LICENCE, moving } from './plain.js';
import { loadPrivacy } from './privacydesk.js';

export const ready = Promise.all([
  extend({
    en: () => import('../i18n/apps-en.js'),
    it: () => import('../i18n/apps-it.js'),
    de: () => import('../i18n/apps-de.js'),
    fr: () => import('../i18n/apps-fr.js'),
  }),
  loadPrivacy(),
]);

const SETTLE_MS = 250;
const IDLE_MS = 10_000;
const BUSY_MS = 1_500;

const Off = () => (
  <Empty icon="puzzle" title={t('app.off.title')}>
    <p>{t('app.off.text')}</p>
    <a class="button primary" href="#/settings/features"><span>{t('section.features')}</span></a>
  </Empty>
);

const Mine = ({ app }) => (
  <li class="card device-card">
    <AppIcon app={app} />
    <div class="grow">
      <h3><a href={'#/apps/' + app.id}>{app.name}</a></h3>
      <p class="hint">{app.provider} · {app.version}{app.update && ' · ' + t('app.update.short', { version: app.update.version })}</p>
      {app.problem ? <p class="error"><Icon name="alert" size={16} /><span>{app.problem}</span></p> : <p>{app.summary}</p>}
      {app.licence.state !== 'ACTIVE' && app.step !== 'ASKING' && <p><Badge kind={LICENCE[app.licence.state]}>{t('app.licence.' + app.licence.state)}</Badge></p>}
    </div>
    <Badge kind={KIND[app.step]}>{t('app.step.' + app.step)}</Badge>
  </li>
);

const Offered = ({ offer: o }) => (
  <li class="card device-card">
    <AppIcon app={o} />
    <div class="grow">
      <h3><a href={`#/apps/offers/${o.source}/${o.id}`}>{o.name}</a></h3>
      <p class="hint">{t('app.by', { provider: o.provider, operator: o.operator })}</p>
      <p>{o.summary}</p>
      <p class="hint">{o.price ? price(o.price.micros, o.price.currency, o.price.period) : t('app.free')}{o.trial && ' · ' + t('app.trial.short')}</p>
      {o.withdrawn && <p class="error"><Icon name="alert" size={16} /><span>{t('app.withdrawn', { why: o.withdrawn })}</span></p>}
    </div>
    {o.installed ? <Badge kind="ok">{t('app.here')}</Badge> : <Risk risk={o.risk} />}
  </li>
);

function Search({ changes }) {
  const [words, type] = useState('');
  const [asked, ask] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => ask(words), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [words]);
  const load = useLoad(() => api.get(`/apps/offers?lang=${language.value}&search=${encodeURIComponent(asked.trim())}`), asked + changes + language.value);
  const value = load.value;
  return (
    <section class="stack" aria-labelledby="offers">
      <h2 id="offers">{t('app.offers')}</h2>
      <Input label={t('app.search')} type="search" value={words} onValue={type} maxLength={100} />
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {!value && load.loading && <Loading />}
      <p class="hint" role="status">{value && t('app.found', { n: value.found })}</p>
      {value?.offers.length > 0 && <ul class="plain device-cards">{value.offers.map((o) => <Offered key={o.source + o.id} offer={o} />)}</ul>}
    </section>
  );
}

function Overview() {
  const load = useLoad(async () => {
    const [apps, catalogues] = await Promise.all([api.get('/apps?lang=' + language.value), api.get('/catalogues')]);
    return { ...apps, catalogues };
  }, language.value);
  const value = load.value;
  const busy = value && (value.apps.some(moving) || value.work.some((w) => w.problem === null));
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && load.reload(true), busy ? BUSY_MS : IDLE_MS);
    return () => clearInterval(timer);
  }, [busy]);
  if (load.problem?.status === 503) return <><h1>{t('nav.apps')}</h1><Off /></>;
  const following = value?.catalogues.length > 0;
  return (
    <>
      <div class="title-row">
        <h1>{t('nav.apps')}</h1>
        {(following || value?.apps.length > 0) && (
          <div class="row">
            <a class="button" href="#/apps/accounts"><span>{t('app.accounts')}</span></a>
            <a class="button" href="#/apps/catalogues"><span>{t('app.catalogues')}</span></a>
          </div>
        )}
      </div>
      <p class="lead">{t('app.lead')}</p>
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {!value && load.loading && <Loading />}
      {value?.catalogues.filter((c) => c.state === 'EXPIRED' || c.state === 'FROZEN').map((c) => (
        <Alert key={c.name} kind="warn" title={c.operator + ': ' + t('app.source.' + c.state)}>{t('app.source.means.' + c.state)}</Alert>
      ))}
      {value?.work.map((w) => (w.problem
        ? <Alert key={w.app} title={w.app}>{t('app.failed.' + w.doing, { why: w.problem })}</Alert>
        : <Card key={w.app}><Loading>{t('app.doing.' + w.doing, { app: w.app })}</Loading></Card>))}
      {value?.apps.length > 0 && (
        <section class="stack" aria-labelledby="mine">
          <h2 id="mine">{t('app.mine')}</h2>
          <ul class="plain device-cards">{value.apps.map((a) => <Mine key={a.id} app={a} />)}</ul>
        </section>
      )}
      {value && !following && (
        <Empty icon="apps" title={t('app.empty.title')}>
          <p>{t('app.empty.text')}</p>
          <a class="button primary" href="#/apps/catalogues"><span>{t('app.follow')}</span></a>
        </Empty>
      )}
      {following && <Search changes={value.apps.map((a) => a.id + a.version).join() + value.catalogues.map((c) => c.state).join()} />}
    </>
  );
}

export function Apps() {
  useEffect(() => {
    if (prosumer.value && !devices.value) loadDevices().catch(() => {});
  }, []);
  if (!prosumer.value) return <><h1>{t('nav.apps')}</h1><Alert kind="info">{t('operator.section')}</Alert></>;
  const [, part, source, app] = route.value.parts;
  if (part === 'catalogues') return <Catalogues />;
  if (part === 'accounts') return <Accounts />;
  if (part === 'offers' && app) return <Offer key={source + app} source={source} id={app} />;
  if (part) return <Installed key={part} id={part} />;
  return <Overview />;
}

