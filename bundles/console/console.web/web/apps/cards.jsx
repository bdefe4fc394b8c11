// What an app shows: data drawn by the console, text as text.
import { useEffect, useMemo, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { language, locale, t } from '../lib/i18n.js';
import { zone } from '../lib/store.js';
import { Alert, Button, Card, Check, Input, Loading, Saved, Select, explain, useAction, useLoad } from '../ui/parts.jsx';
import { checked, columns } from './plain.js';

const REFRESH_MS = 5_000;
const DAY = 86_400;
const TONES = ['grid-fill', 'sun-fill', 'battery-fill', 'car-fill'];
const DASHES = [undefined, [8, 4], [2, 3], [10, 3, 2, 3]];
const NOTICES = { GOOD: 'ok', INFORMATION: 'info', WARNING: 'warn' };

const amount = (n, unit) => new Intl.NumberFormat(locale.value, { maximumFractionDigits: 3 }).format(n) + (unit && '\u00a0' + unit);
const clock = (seconds, options) => dateTime(new Date(seconds * 1000).toISOString(), locale.value, zone.value, options);

function Figure({ element: e }) {
  return <p class="figure"><span class="hint">{e.label}</span><strong>{amount(e.value, e.unit)}</strong></p>;
}

const Table = ({ element: e, label }) => (
  <div class="table-box" tabIndex={0} role="region" aria-label={label}>
    <table class="plain-table">
      <thead><tr>{e.columns.map((c, i) => <th key={i} scope="col">{c}</th>)}</tr></thead>
      <tbody>{e.rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j}>{cell}</td>)}</tr>)}</tbody>
    </table>
  </div>
);

function Chart({ element: e }) {
  const [chart, set] = useState(null);
  const [open, show] = useState(false);
  useEffect(() => {
    let gone = false;
    import('../ui/chart.jsx').then((m) => !gone && set(m), () => {});
    return () => void (gone = true);
  }, []);
  const stamp = JSON.stringify(e);
  const data = useMemo(() => columns(e.lines), [stamp]);
  const options = useMemo(() => chart && ((tone) => ({
    tzDate: chart.inZone(zone.value),
    axes: [
      { values: (u, all) => all.map((s) => clock(s, all[all.length - 1] - all[0] < 2 * DAY ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' })), space: 64, size: 30 },
      { values: (u, all) => all.map((v) => amount(v, e.unit)), size: 76, space: 40 },
    ],
    series: [{}, ...e.lines.map((line, i) => (e.kind === 'BARS'
      ? { stroke: 'transparent', width: 0, fill: tone(TONES[i]), paths: chart.bars(0.8 - 0.2 * i), points: { show: false } }
      : { stroke: tone(TONES[i]), width: 2, dash: DASHES[i], points: { show: line.values.length < 2 } }))],
  })), [chart, stamp]);
  return (
    <div>
      <h3>{e.title}</h3>
      {options && <chart.Plot options={options} data={data} height={200} label={t('app.chart', { title: e.title })} />}
      <p class="legend">{e.lines.map((line, i) => <span key={i}><i class={'swatch line' + i} aria-hidden="true" />{line.label}</span>)}</p>
      <details class="as-table" onToggle={(event) => show(event.currentTarget.open)}>
        <summary>{t('table.short')}</summary>
        {open && (
          <Table label={e.title} element={{
            columns: [t('table.time'), ...e.lines.map((line) => line.label + (e.unit && `, ${e.unit}`))],
            rows: data[0].map((s, i) => [clock(s), ...data.slice(1).map((line) => (line[i] == null ? '–' : amount(line[i], '')))]),
          }} />
        )}
      </details>
    </div>
  );
}

/** What was typed stays while the cards are refreshed. */
function Form({ app, element: e, onTaken }) {
  const [values, change] = useState({});
  const [wrong, blame] = useState({});
  const [taken, say] = useState('');
  const action = useAction();
  const valueOf = (f) => values[f.id] ?? f.value;
  const submit = (event) => {
    event.preventDefault();
    say('');
    const results = e.fields.map((f) => [f, checked(f, valueOf(f))]);
    const bad = Object.fromEntries(results.filter(([, r]) => r.wrong).map(([f, r]) => [f.id, t('app.form.' + r.wrong, { min: f.min ?? '−∞', max: f.max ?? '∞' })]));
    blame(bad);
    if (Object.keys(bad).length) return;
    action.run(async () => {
      const { refused } = await api.post(`/apps/${app.id}/forms/${e.id}?lang=${language.value}`, { values: Object.fromEntries(results.map(([f, r]) => [f.id, r.value])) });
      if (refused) return action.fail({ status: 422, detail: refused });
      change({});
      say(t('app.form.taken'));
      onTaken();
    });
  };
  return (
    <form class="form" onSubmit={submit} noValidate aria-label={e.title}>
      <h3>{e.title}</h3>
      {e.fields.map((f) => {
        const common = { key: f.id, label: f.label, value: valueOf(f), error: wrong[f.id], onValue: (v) => change((all) => ({ ...all, [f.id]: v })) };
        if (f.kind === 'SWITCH') return <Check {...common} checked={String(common.value) === 'true'} value={undefined} />;
        if (f.kind === 'CHOICE') return <Select {...common} options={f.choices} />;
        if (f.kind === 'TIME') return <Input {...common} type="time" />;
        return <Input {...common} maxLength={f.kind === 'NUMBER' ? 40 : 200} inputMode={f.kind === 'NUMBER' ? 'decimal' : undefined} />;
      })}
      {action.problem && <Alert>{explain(action.problem)}</Alert>}
      <Saved show={taken}>{taken}</Saved>
      <Button type="submit" busy={action.busy}>{e.button}</Button>
    </form>
  );
}

const Element = ({ app, element: e, title, onTaken }) => {
  switch (e.type) {
    case 'text': return <p class="description">{e.text}</p>;
    case 'figure': return <Figure element={e} />;
    case 'notice': return <Alert kind={NOTICES[e.level]}>{e.text}</Alert>;
    case 'table': return <Table element={e} label={title} />;
    case 'chart': return <Chart element={e} />;
    case 'form': return <Form app={app} element={e} onTaken={onTaken} />;
    default: return null;
  }
};

export function Cards({ app }) {
  const load = useLoad(() => api.get(`/apps/${app.id}/cards?lang=${language.value}`), app.id + app.version + language.value);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && load.reload(true), REFRESH_MS);
    return () => clearInterval(timer);
  }, [app.id]);
  return (
    <section class="stack app-cards" aria-label={t('app.shows', { name: app.name })}>
      {load.problem && <Alert kind="warn">{explain(load.problem)}</Alert>}
      {!load.value && load.loading && <Loading />}
      {load.value?.length === 0 && <p class="hint">{t('app.shows.nothing')}</p>}
      {load.value?.map((card, i) => (
        <Card key={i} title={card.title}>
          {card.elements.map((e, j) => <Element key={e.id ?? j} app={app} element={e} title={card.title} onTaken={() => load.reload(true)} />)}
        </Card>
      ))}
    </section>
  );
}
