// Now: what flows in the home at this moment.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { today as todayIn } from '../lib/energy.js';
import { ago, energy, money, percent, power } from '../lib/format.js';
import { exchange, isStale, picture, plain } from '../lib/flow.js';
import { locale, t } from '../lib/i18n.js';
import { link } from '../lib/live.js';
import { currency, intervalOf, now, prosumer, tick, zone } from '../lib/store.js';
import { Icon, roleIcon } from '../ui/icons.jsx';
import { FlowPicture } from '../ui/flowpicture.jsx';
import { Alert, Badge, Card, Empty, Loading } from '../ui/parts.jsx';
import { deviceWords } from '../ui/words.js';

export const NoRawData = () => (
  <Empty icon="lock" title={t('operator.title')}>
    <p>{t('operator.text')}</p>
    <a class="button primary" href="#/health"><span>{t('operator.health')}</span></a>
  </Empty>
);

const ageOf = (device) => (Number.isFinite(device.stamp) ? Math.max(0, tick.value - device.stamp) : undefined);
const staleNow = (device) => link.value === 'lost' || isStale(device, ageOf(device), intervalOf(device.id));

/** Speaks only when the direction changes, not at every new number. */
function Herald({ kind, text }) {
  const [said, say] = useState('');
  const last = useRef(kind);
  useEffect(() => {
    if (last.current !== kind) {
      last.current = kind;
      say(text);
    }
  }, [kind]);
  return <p class="sr" role="status" aria-live="polite">{said}</p>;
}

function DeviceRow({ device }) {
  const stale = staleNow(device);
  const age = ageOf(device);
  return (
    <li class={'now-device' + (stale ? ' stale' : '')}>
      <span class={'role-icon ' + device.role}><Icon name={roleIcon(device.role)} size={22} /></span>
      <div class="grow">
        <a href={'#/devices/' + encodeURIComponent(device.id)} class="name">{device.name}</a>
        <span class="words">{deviceWords(device)}</span>
      </div>
      <div class="age">
        {stale && <Badge kind="warn">{t('stale')}</Badge>}
        <span>{age === undefined ? t('never') : ago(age / 1000, locale.value)}</span>
      </div>
    </li>
  );
}

const Ring = ({ share, kind, label, hint }) => (
  <div class={'ring-stat ' + kind}>
    <svg viewBox="0 0 72 72" aria-hidden="true">
      <circle class="ring-back" cx="36" cy="36" r="30" />
      <circle class="ring-value" cx="36" cy="36" r="30" transform="rotate(-90 36 36)"
        stroke-dasharray={`${188.5 * Math.min(1, Math.max(0, share ?? 0))} 188.5`} />
    </svg>
    <div>
      <strong>{percent(share, locale.value)}</strong>
      <span>{label}</span>
      {hint && <small>{hint}</small>}
    </div>
  </div>
);

function Today() {
  const [totals, set] = useState(null);
  useEffect(() => {
    let gone = false;
    const load = () =>
      api.get(`/energy?period=day&date=${todayIn(zone.value, new Date())}`).then((e) => !gone && set(e.totals), () => {});
    load();
    const timer = setInterval(load, 60_000);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [zone.value]);
  if (!totals) return null;
  const lang = locale.value;
  const cost = Number.isFinite(totals.costMicros) ? totals.costMicros - (totals.revenueMicros ?? 0) : null;
  return (
    <Card title={t('today.title')} class="today" action={<a class="more" href="#/energy">{t('today.more')}</a>}>
      <div class="rings">
        <Ring kind="own" share={totals.autarky} label={t('autarky')} hint={t('autarky.short')} />
        <Ring kind="solar" share={totals.selfConsumption} label={t('self')} hint={t('self.short')} />
      </div>
      <dl class="stats">
        <div><dt>{t('leg.production')}</dt><dd>{energy(totals.production, lang)}</dd></div>
        <div><dt>{t('leg.consumption')}</dt><dd>{energy(totals.consumption, lang)}</dd></div>
        <div><dt>{t('leg.import')}</dt><dd>{energy(totals.import, lang)}</dd></div>
        <div><dt>{t('leg.export')}</dt><dd>{energy(totals.export, lang)}</dd></div>
        {cost !== null && (
          <div class="full"><dt>{t(cost >= 0 ? 'today.cost' : 'today.earned')}</dt><dd>{money(Math.abs(cost), totals.currency ?? currency.value, lang)}</dd></div>
        )}
      </dl>
    </Card>
  );
}

function lead(p) {
  const say = (watts) => power(Math.abs(watts), locale.value);
  const parts = [];
  if (p.sun && Number.isFinite(p.sun.watts) && p.sun.watts > 20) parts.push(t('lead.sun', { power: say(p.sun.watts) }));
  if (Number.isFinite(p.home.total)) parts.push(t('lead.home', { power: say(p.home.total) }));
  return parts.join(' ');
}

export function Now() {
  if (!prosumer.value) return <><h1>{t('nav.now')}</h1><NoRawData /></>;
  const value = now.value;
  if (!value) return <><h1>{t('nav.now')}</h1>{link.value !== 'lost' && <Loading />}</>;
  const p = picture(value);
  const list = value.devices.map((d) => ({ ...d, role: plain(d.role) })).filter((d) => d.role !== 'home');
  if (!list.length) {
    return (
      <>
        <h1>{t('nav.now')}</h1>
        <Empty icon="gauge" title={t('now.empty.title')}>
          <p>{t('now.empty.text')}</p>
          <a class="button primary" href="#/devices/new"><Icon name="plus" size={20} /><span>{t('devices.add')}</span></a>
        </Empty>
      </>
    );
  }
  const lost = link.value === 'lost';
  const anyStale = (devices) => lost || devices.some(staleNow);
  const stale = {
    sun: p.sun && anyStale(p.sun.devices),
    grid: anyStale(p.grid.devices),
    battery: p.battery && anyStale(p.battery.devices),
    car: p.car && anyStale(p.car.devices),
    home: lost || anyStale(p.grid.devices),
  };
  const kind = exchange(p.grid.watts);
  const headline = t('headline.' + kind, { power: power(Math.abs(p.grid.watts ?? 0), locale.value) });
  const ages = list.map(ageOf).filter((a) => a !== undefined);
  return (
    <div class={'stack' + (lost ? ' out-of-reach' : '')}>
      <div class="headline">
        <p class="kicker">
          <span class={'beat ' + (lost ? 'off' : link.value)} aria-hidden="true" />
          {lost ? t('now.last') : t('now.live')}
          {ages.length > 0 && <span class="quiet"> · {ago(Math.min(...ages) / 1000, locale.value)}</span>}
          {link.value === 'polling' && <span class="quiet"> · {t('now.polling')}</span>}
        </p>
        <h1 class={'big ' + kind + (stale.grid ? ' stale' : '')}>{headline}</h1>
        <p class="lead">{lead(p)}</p>
        <Herald kind={kind} text={headline} />
      </div>
      <div class="now-grid">
        <section class="card flow-card" aria-label={t('flow.label')}>
          <FlowPicture picture={p} stale={stale} />
          {p.power && !p.power.complete && !lost && <Alert kind="warn">{t('now.incomplete')}</Alert>}
        </section>
        <div class="now-side">
          <Today />
          <Card title={t('nav.devices')} class="device-list">
            <ul class="plain">{list.map((d) => <DeviceRow key={d.id} device={d} />)}</ul>
          </Card>
        </div>
      </div>
    </div>
  );
}
