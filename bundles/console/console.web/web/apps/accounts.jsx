// What was counted for the operators, and which share of what was paid is theirs.
import * as api from '../lib/api.js';
import { day, money } from '../lib/format.js';
import { has, locale, t } from '../lib/i18n.js';
import { Back, Badge, Card, Empty, Loading, Trouble, useLoad } from '../ui/parts.jsx';
import { count } from './bits.jsx';

const metric = (name) => (has('app.metric.' + name) ? t('app.metric.' + name) : name.replace(/^app\./, ''));

const Report = ({ report: r }) => (
  <Card title={day(r.month + '-01', locale.value, { month: 'long', year: 'numeric' }) + ' · ' + r.source}
    action={<Badge kind={r.delivered ? 'ok' : ''}>{t(r.delivered ? 'app.report.delivered' : r.closed ? 'app.report.closed' : 'app.report.running')}</Badge>}>
    <div class="table-box" tabIndex={0} role="region" aria-label={r.month + ' ' + r.source}>
      <table class="plain-table">
        <thead><tr><th scope="col">{t('app.report.app')}</th><th scope="col">{t('app.report.counted')}</th><th scope="col" class="num">{t('app.report.paid')}</th><th scope="col" class="num">{t('app.report.fee')}</th></tr></thead>
        <tbody>
          {r.lines.map((line) => (
            <tr key={line.app}>
              <th scope="row">{line.app}</th>
              <td>{Object.entries(line.counts).map(([name, n]) => <span key={name} class="block">{metric(name)}: {count(n)}</span>)}</td>
              <td class="num">{money(line.paid_micros, line.currency, locale.value)}</td>
              <td class="num">{money(line.fee_micros, line.currency, locale.value)} <small class="block">{t('app.report.share', { percent: count(line.fee_permille / 10) })}</small></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    {r.document && (
      <details class="as-table"><summary>{t('app.report.document')}</summary><pre class="payload" tabIndex={0} role="region" aria-label={t('app.report.document')}>{r.document}</pre></details>
    )}
  </Card>
);

export function Accounts() {
  const load = useLoad(() => api.get('/apps/usage'));
  return (
    <>
      <Back to="apps">{t('nav.apps')}</Back>
      <h1>{t('app.accounts')}</h1>
      <p class="lead">{t('app.accounts.lead')}</p>
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {!load.value && load.loading && <Loading />}
      {load.value?.length === 0 && <Empty icon="archive" title={t('app.accounts.empty')}><p>{t('app.accounts.empty.text')}</p></Empty>}
      {load.value?.map((r) => <Report key={r.month + r.source} report={r} />)}
    </>
  );
}
