// A place to drop a receipt, and what it proves: found out in this browser, without asking anybody.
import { useRef, useState } from 'preact/hooks';
import { dateTime } from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { session, zone } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Back, Button, Card } from '../ui/parts.jsx';
import { Content } from './content.jsx';
import { check } from './receipt.js';

const time = (ms) => dateTime(new Date(ms).toISOString(), locale.value, zone.value, { dateStyle: 'long', timeStyle: 'short' });

/** The sentence of a finding. */
function Finding({ finding: f }) {
  const icon = { proven: 'check', broken: 'alert' }[f.level] ?? 'info';
  const values = f.values && { ...f.values, ...(f.values.instant !== undefined && { instant: time(f.values.instant) }) };
  return (
    <li class={'finding ' + f.level}>
      <Icon name={icon} size={20} />
      <p>{t('finding.' + f.level + '.' + f.word, values)}</p>
    </li>
  );
}

/** What is told: a file that is wrong proves nothing, whatever else in it fits. */
const GROUPS = { broken: ['broken'], unknown: ['unknown'], proven: ['proven', 'open'] };

/** All that was found out about a receipt. */
function Result({ report, name, level }) {
  const H = 'h' + level;
  const good = report.verdict === 'proven';
  return (
    <div class="result">
      <div class={'verdict ' + ({ proven: 'ok', unknown: 'warn' }[report.verdict] ?? 'bad')}>
        <span class="verdict-icon"><Icon name={good ? 'check' : 'alert'} size={32} /></span>
        <div>
          <strong>{t('verdict.' + report.verdict)}</strong>
          <p>{name && <code>{name}</code>} {t('verdict.' + report.verdict + '.text')}</p>
        </div>
      </div>
      {good && <Content report={report} level={level} />}
      {GROUPS[report.verdict].map((group) => {
        const list = report.findings.filter((f) => f.level === group);
        return list.length > 0 && (
          <section key={group}>
            <H>{t('found.' + group)}</H>
            <ul class="plain findings">{list.map((f, i) => <Finding key={i} finding={f} />)}</ul>
          </section>
        );
      })}
    </div>
  );
}

export function DropReceipt({ title }) {
  const [state, set] = useState(null);
  const [over, hover] = useState(false);
  const input = useRef();
  const take = async (file) => {
    hover(false);
    if (!file) return;
    set({ busy: true });
    try {
      const bytes = new Uint8Array(await file.slice(0, (1 << 20) + 1).arrayBuffer());
      set({ report: await check(bytes), name: file.name });
    } catch (e) {
      set({ fault: e.message, name: file.name });
    }
  };
  return (
    <Card title={title ? t('check.title') : undefined} icon={title ? 'search' : undefined} class="check-receipt">
      <p class="hint">{t('check.text')}</p>
      <div class={'drop' + (over ? ' over' : '')} onDragOver={(e) => { e.preventDefault(); hover(true); }} onDragLeave={() => hover(false)}
        onDrop={(e) => { e.preventDefault(); take(e.dataTransfer.files[0]); }}>
        <Icon name="seal" size={36} />
        <p>{t('check.drop')}</p>
        <label class="sr" for="receipt-file">{t('check.file')}</label>
        <input class="sr" id="receipt-file" type="file" accept=".receipt" tabIndex={-1} ref={input} onChange={(e) => { take(e.currentTarget.files[0]); e.currentTarget.value = ''; }} />
        <Button onClick={() => input.current.click()} busy={state?.busy}>{t('check.choose')}</Button>
      </div>
      <div role="status" aria-live="polite">
        {state?.fault && <Alert title={t('check.none', { name: state.name })}>{t('check.none.text')} <span class="quiet">{state.fault}</span></Alert>}
        {state?.report && <Result report={state.report} name={state.name} level={title ? 3 : 2} />}
      </div>
    </Card>
  );
}

export const CheckReceipt = () => (
  <>
    {session.value?.user ? <Back to="trust">{t('nav.trust')}</Back> : <Back to="now">{t('login.submit')}</Back>}
    <h1>{t('check.title')}</h1>
    <DropReceipt />
  </>
);
