// What the pages about apps share.
import { money } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';
import { roleName } from '../ui/devicefields.jsx';
import { Icon } from '../ui/icons.jsx';
import { Badge, Card } from '../ui/parts.jsx';
import { RISK, after, bytes, iconUrl, linkTo, periodWords } from './plain.js';
import { privacy } from './privacydesk.js';

export const AppIcon = ({ app }) => {
  const url = iconUrl(app.icon);
  return url ? <img class="app-icon" src={url} alt="" width="54" height="54" /> : <span class="role-icon large"><Icon name="apps" size={28} /></span>;
};

export const period = (iso) => periodWords(iso, locale.value);
export const size = (n) => bytes(n, locale.value);
export const count = (n) => new Intl.NumberFormat(locale.value).format(n);
const share = (x) => new Intl.NumberFormat(locale.value, { style: 'percent', maximumFractionDigits: 1 }).format(x);
export const cpu = (ms) => new Intl.NumberFormat(locale.value, { style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: 1 }).format(ms / 1000);

export const price = (micros, currency, iso) => (micros ? t('app.price', { money: money(micros, currency, locale.value), period: period(iso) }) : t('app.free'));
export const Risk = ({ risk }) => <Badge kind={RISK[risk.rating]}>{t('app.rating.' + risk.rating)}</Badge>;

export const Head = ({ app, children }) => (
  <header class="title-row">
    <div class="row nowrap">
      <AppIcon app={app} />
      <div class="grow"><h1>{app.name}</h1><p class="hint">{app.provider} · {app.version}</p></div>
    </div>
    {children}
  </header>
);

const Link = ({ to }) => {
  const href = linkTo(to);
  return href ? <a href={href} target="_blank" rel="noopener noreferrer">{to.replace(/^https:\/\//, '')}</a> : <span>{to}</span>;
};

/** Why an app is rated as it is, in sentences. */
export const RiskReasons = ({ risk }) => (
  <>
    <p><Risk risk={risk} /></p>
    <ul class="plain">
      {risk.reasons.map((r) => (
        <li key={r} class="finding"><Icon name={risk.rating === 'LOW' ? 'check' : 'alert'} size={18} /><p>{has('app.risk.' + r) ? t('app.risk.' + r) : r}</p></li>
      ))}
    </ul>
    <p class="hint">{t('app.risk.how')}</p>
  </>
);

/** What a device would be told, in words. */
export const deed = (a) => (has('app.actuator.' + a.actuator) ? t('app.actuator.' + a.actuator) : a.actuator) + ' · ' + roleName(a.role);

export const purposeName = (p) => privacy.purposeName(p);

/** Data that is asked for: what for, how fine, how long. It could go to every host that the app talks to. */
export const DataAsked = ({ request: d, hosts }) => (
  <>
    <h3>{purposeName(d.purpose)}</h3>
    <p class="said">“{d.why}”</p>
    <privacy.Facts terms={{ ...d.terms, until: d.terms.until ?? after(Date.now(), d.for), hosts: d.terms.hosts && [...new Set([...d.terms.hosts, ...hosts])] }} />
  </>
);

export const Resources = ({ resources: r }) => (
  <dl class="facts">
    <div><dt>{t('app.res.cpu')}</dt><dd>{share(r.cpu_ms_per_minute / 60_000)}</dd></div>
    <div><dt>{t('app.res.memory')}</dt><dd>{size(r.memory_mb * 1e6)}</dd></div>
    <div><dt>{t('app.res.storage')}</dt><dd>{size(r.storage_kb * 1000)}</dd></div>
    <div><dt>{t('app.res.network')}</dt><dd>{r.network_kb_per_day ? t('app.res.day', { amount: size(r.network_kb_per_day * 1000) }) : t('app.nothing')}</dd></div>
    <div><dt>{t('app.res.log')}</dt><dd>{t('app.res.hour', { amount: count(r.log_lines_per_hour) })}</dd></div>
  </dl>
);

/** All that an app asks, in plain words. */
export const Asks = ({ manifest: m }) => (
  <Card title={t('app.asks')} icon="list">
    <section class="stack">
      <h3>{t('app.asks.data')}</h3>
      {m.data.length === 0 && <p>{t('app.asks.data.none')}</p>}
      {m.data.map((d) => <div key={d.purpose}><DataAsked request={d} hosts={m.hosts.map((h) => h.host)} /></div>)}
      <h3>{t('app.asks.actuators')}</h3>
      {m.actuators.length === 0 ? <p>{t('app.asks.actuators.none')}</p> : (
        <ul class="dots-list">{m.actuators.map((a) => <li key={a.key}><strong>{deed(a)}</strong>: “{a.why}”</li>)}</ul>
      )}
      <h3>{t('app.asks.hosts')}</h3>
      {m.hosts.length === 0 ? <p>{t('app.asks.hosts.none')}</p> : (
        <ul class="dots-list">{m.hosts.map((h) => <li key={h.host}><code>{h.host}</code>: “{h.why}”</li>)}</ul>
      )}
      {m.place !== null && <><h3>{t('app.asks.place')}</h3><p>{t('app.asks.place.text')} “{m.place}”</p></>}
      <h3>{t('app.asks.resources')}</h3>
      <Resources resources={m.resources} />
    </section>
  </Card>
);

/** What it costs. */
export const Levels = ({ levels, each }) => levels.map((level) => (
  <section key={level.id} class="asked">
    <h3>{level.name}</h3>
    <p>{price(level.price_micros, level.currency, level.period)}{level.trial && ' · ' + t('app.trial', { period: period(level.trial) })}</p>
    {level.features.length > 0 && <p class="hint">{t('app.features', { list: level.features.join(', ') })}</p>}
    {Object.entries(level.limits).map(([metric, n]) => <p key={metric} class="hint">{t('app.limit', { metric, n: count(n), period: period(level.period) })}</p>)}
    {each?.(level)}
  </section>
));

/** Who stands behind it. */
export const About = ({ app, manifest: m }) => (
  <details class="as-table">
    <summary>{t('app.about')}</summary>
    <dl class="facts">
      <div><dt>{t('app.about.provider')}</dt><dd>{m.provider.name} · <Link to={m.provider.url} /> · <Link to={m.provider.contact} /></dd></div>
      <div><dt>{t('app.about.source')}</dt><dd>{app.operator} ({app.source})</dd></div>
      <div><dt>{t('app.about.fee')}</dt><dd>{share(m.fee_permille / 1000)}</dd></div>
      <div><dt>{t('app.about.size')}</dt><dd>{size(m.length)}</dd></div>
      <div><dt>{t('app.about.id')}</dt><dd><code>{app.id} {app.version}</code></dd></div>
      <div><dt>SHA-256</dt><dd><code>{m.sha256}</code></dd></div>
    </dl>
  </details>
);
