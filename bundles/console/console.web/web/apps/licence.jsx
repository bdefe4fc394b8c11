// What was bought: trying, asking to buy, and taking a licence.
import { useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { zone } from '../lib/store.js';
import { Lazy } from '../ui/lazy.jsx';
import { Alert, Area, Badge, Button, Card, FormError, explain, useAction } from '../ui/parts.jsx';
import { Levels, count } from './bits.jsx';
import { LICENCE } from './plain.js';

const day = (iso) => dateTime(iso, locale.value, zone.value, { dateStyle: 'medium' });

function save(text, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A request to buy: as text, file and QR code. */
function Request({ document: text, app, level }) {
  const [copied, set] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => set(true), () => set(false));
  return (
    <div class="stack">
      <p>{t('app.buy.text', { provider: app.manifest.provider.name, contact: app.manifest.provider.contact })}</p>
      <pre class="payload" tabIndex={0} role="region" aria-label={t('app.buy.request')}>{text}</pre>
      <div class="row">
        <Button icon={copied ? 'check' : 'copy'} onClick={copy}>{t(copied ? 'app.copied' : 'app.copy')}</Button>
        <Button icon="download" onClick={() => save(text, `${app.id}-${level}-request.txt`)}>{t('app.save')}</Button>
      </div>
      <Lazy name="QrCode" from={() => import('../trust/qrcode.jsx')} text={text} label={t('app.buy.qr')} />
    </div>
  );
}

export function Licence({ app, onChange }) {
  const [request, ask] = useState(null);
  const [token, type] = useState('');
  const action = useAction();
  const s = app.licence;
  const free = app.manifest.levels.every((l) => l.price_micros === 0);
  const trial = (level) => action.run(async () => {
    await api.post(`/apps/${app.id}/licence/trial`, { level });
    onChange(null, t('app.trial.done'));
  });
  const buy = (level) => action.run(async () => ask({ level, ...(await api.post(`/apps/${app.id}/licence/request`, { level })) }));
  const take = (event) => {
    event.preventDefault();
    if (!token.trim()) return action.fail({ field: 'token', detail: t('required') });
    action.run(async () => {
      await api.post('/apps/licences', { token });
      type('');
      onChange(null, t('app.licence.taken'));
    });
  };
  const dates = [['paidUntil', s.paidUntil], ['renewFrom', s.renewFrom], ['stopsAt', s.stopsAt]].filter(([, at]) => at);
  const name = app.manifest.levels.find((l) => l.id === s.level)?.name ?? s.level;
  return (
    <Card class="roomy" title={t('app.licence')} icon="key">
      <p><Badge kind={LICENCE[s.state]}>{t('app.licence.' + s.state)}</Badge> {s.level && <strong>{name}</strong>} {s.trial && t('app.trial.running')}</p>
      <p>{t(free ? 'app.licence.free' : 'app.licence.means.' + s.state)}</p>
      {dates.length > 0 && <dl class="facts">{dates.map(([key, at]) => <div key={key}><dt>{t('app.licence.' + key)}</dt><dd>{day(at)}</dd></div>)}</dl>}
      {Object.entries(s.limits).map(([metric, n]) => <p key={metric} class="hint">{t('app.used.of', { metric, used: count(s.used[metric] ?? 0), n: count(n) })}</p>)}
      {action.problem && action.problem.field !== 'token' && <Alert>{explain(action.problem)}</Alert>}
      {!free && (
        <>
          <Levels levels={app.manifest.levels} each={(level) => (
            <div class="row spaced">
              {level.trial && s.trialLeft && <Button kind="primary" busy={action.busy} aria-label={t('app.try.of', { level: level.name })} onClick={() => trial(level.id)}>{t('app.try')}</Button>}
              {level.price_micros > 0 && <Button busy={action.busy} aria-label={t('app.buy.of', { level: level.name })} onClick={() => buy(level.id)}>{t('app.buy')}</Button>}
            </div>
          )} />
          {request && <Request key={request.level} app={app} level={request.level} document={request.document} />}
          <details class="as-table" open={action.problem?.field === 'token' || undefined}>
            <summary>{t('app.have')}</summary>
            <form class="form inset" onSubmit={take} noValidate>
              <FormError problem={action.problem?.field ? null : action.problem} />
              <Area label={t('app.paste')} hint={t('app.paste.hint')} rows={5} value={token} onValue={type} error={action.error('token')} maxLength={32_000} />
              <Button kind="primary" type="submit" busy={action.busy}>{t('app.take')}</Button>
            </form>
          </details>
        </>
      )}
    </Card>
  );
}
