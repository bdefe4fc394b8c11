// Health: is everything in order, and if not, what and where.
import { useEffect } from 'preact/hooks';
import * as api from '../lib/api.js';
import { duration } from '../lib/format.js';
import { plain } from '../lib/flow.js';
import { locale, t } from '../lib/i18n.js';
import { health } from '../lib/live.js';
import { Icon } from '../ui/icons.jsx';
import { Badge, Card, Loading, Trouble, useLoad } from '../ui/parts.jsx';

const GRADE = { ok: 'ok', warn: 'warn', 'temporarily-unavailable': 'warn', critical: 'bad', 'health-check-error': 'bad', error: 'bad', down: 'bad', degraded: 'warn', up: 'ok' };

/** ok | warn | bad | unknown, whatever the check calls it. */
export const grade = (status) => GRADE[plain(status)] ?? 'unknown';

export function summary(value) {
  if (!value) return 'unknown';
  const grades = (value.checks ?? []).map((c) => grade(c.status));
  if (grades.includes('bad') || grade(value.status) === 'bad') return 'bad';
  if (grades.includes('warn') || grade(value.status) === 'warn') return 'warn';
  return 'ok';
}

export function Health() {
  const load = useLoad(() => api.get('/health'));
  const system = useLoad(() => api.get('/system'));
  useEffect(() => {
    if (load.value) health.value = load.value;
  }, [load.value]);
  useEffect(() => {
    const timer = setInterval(() => load.reload(true), 15_000);
    return () => clearInterval(timer);
  }, []);
  const value = health.value ?? load.value;
  const state = summary(value);
  const lang = locale.value;
  return (
    <>
      <h1>{t('health.title')}</h1>
      {load.problem && !value && <Trouble problem={load.problem} retry={load.reload} />}
      {!value && load.loading && <Loading />}
      {value && (
        <>
          <div class={'verdict ' + state}>
            <span class="verdict-icon"><Icon name={state === 'ok' ? 'check' : 'alert'} size={32} /></span>
            <div>
              <strong>{t('health.' + state)}</strong>
              <p>{t('health.' + state + '.text')}</p>
            </div>
          </div>
          {value.checks?.length > 0 && <Card title={t('health.checks')}>
            <ul class="plain checks">
              {(value.checks ?? []).map((check) => (
                <li key={check.name} class={grade(check.status)}>
                  <Icon name={grade(check.status) === 'ok' ? 'check' : 'alert'} size={20} />
                  <div class="grow">
                    <strong>{check.name}</strong>
                    {check.message && <p>{check.message}</p>}
                  </div>
                  <Badge kind={grade(check.status)}>{t('grade.' + grade(check.status))}</Badge>
                </li>
              ))}
            </ul>
          </Card>}
        </>
      )}
      {system.value && (
        <Card title={t('system.title')}>
          <dl class="facts">
            <div><dt>{t('system.version')}</dt><dd>{system.value.version}</dd></div>
            <div><dt>{t('system.java')}</dt><dd>{system.value.java}</dd></div>
            <div><dt>{t('system.uptime')}</dt><dd>{duration(system.value.uptime_s, lang)}</dd></div>
            {Number.isFinite(system.value.rss_mb) && (
              <div><dt>{t('system.memory')}</dt><dd>{new Intl.NumberFormat(lang).format(Math.round(system.value.rss_mb))} MB</dd></div>
            )}
          </dl>
        </Card>
      )}
    </>
  );
}
