// Energy: what was produced, used, bought and sold in a day, week, month or year.
import { useEffect, useMemo, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import {
  PERIODS, columns, doubts, firstDay, frame, isDate, lastDay, relative, shift, today, unfinished,
} from '../lib/energy.js';
import {
  change, dateTime, day, energy, energyParts, kilowattHours, money, percent, power, powerParts,
} from '../lib/format.js';
import { locale, t } from '../lib/i18n.js';
import { replace, route } from '../lib/router.js';
import { currency, narrow, prosumer, zone } from '../lib/store.js';
import { Icon } from '../ui/icons.jsx';
import { Alert, Card, Choice, Loading, Trouble, useLoad } from '../ui/parts.jsx';
import { NoRawData } from './now.jsx';

/** Intervals per hour: a day is drawn as average power. */
const PER_HOUR = { minute: 60, quarter: 4, hour: 1 };

function periodName(period, date) {
  const lang = locale.value;
  if (period === 'day') return day(date, lang, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  if (period === 'month') return day(date, lang, { month: 'long', year: 'numeric' });
  if (period === 'year') return day(date, lang, { year: 'numeric' });
  const format = new Intl.DateTimeFormat(lang, { timeZone: 'UTC', dateStyle: 'medium' });
  return format.formatRange(new Date(firstDay(period, date) + 'T12:00:00Z'), new Date(lastDay(period, date) + 'T12:00:00Z'));
}

/** Name of an interval by its key, see frame(). */
const slotName = (period, key, long) =>
  period === 'day'
    ? dateTime(key, locale.value, zone.value, { hour: '2-digit', minute: '2-digit' })
    : day(key, locale.value,
        period === 'year' ? { month: long ? 'long' : 'short' }
        : period === 'week' ? { weekday: long ? 'long' : 'short', ...(long && { day: 'numeric', month: 'long' }) }
        : { day: 'numeric', ...(long && { month: 'long' }) });

function useChart() {
  const [module, set] = useState(null);
  useEffect(() => {
    let gone = false;
    import('../ui/chart.jsx').then((m) => !gone && set(m));
    return () => (gone = true);
  }, []);
  return module;
}

/** Which intervals get a label: few enough for a phone. */
function ticksOf(period, n, narrow) {
  const step = period === 'day' ? Math.round(n / (narrow ? 4 : 8)) : period === 'month' ? (narrow ? 7 : 3) : period === 'year' && narrow ? 2 : 1;
  return Array.from({ length: n }, (_, i) => i).filter((i) => i % Math.max(1, step) === 0);
}

function Bars({ data, period, slots }) {
  const chart = useChart();
  const [index, point] = useState(null);
  const lang = locale.value;
  const factor = period === 'day' ? (PER_HOUR[data.resolution] ?? 4) : 1;
  const show = (x) => (period === 'day' ? power(x, lang) : energy(x, lang));
  const axis = (x) => {
    const { number, unit } = period === 'day' ? powerParts(x, lang) : energyParts(x, lang);
    return x === 0 ? '0' : number + ' ' + unit;
  };
  const scaled = useMemo(() => {
    const raw = columns(slots.map((s) => s.point));
    const times = (list) => list.map((x) => (x === null ? null : x * factor));
    return { used: times(raw.used), own: times(raw.own), sold: times(raw.sold) };
  }, [slots]);
  const few = narrow.value;
  const slot = index === null ? null : slots[index];
  const p = slot?.point;
  return (
    <>
      <div class="legend" aria-hidden="true">
        <span><i class="swatch own" />{t('legend.own')}</span>
        <span><i class="swatch bought" />{t('legend.bought')}</span>
        <span><i class="swatch sold" />{t('legend.sold')}</span>
      </div>
      {chart ? (
        <chart.EnergyBars columns={scaled} ticks={ticksOf(period, slots.length, few)} name={(i) => slotName(period, slots[i].key)}
          value={axis} height={few ? 240 : 320} label={t('chart.label')} onIndex={point} />
      ) : <Loading />}
      <p class="readout" aria-hidden="true">
        {p ? (
          <>
            <strong>{slotName(period, slot.key, true)}</strong>
            {p.gap ? ' ' + t('chart.gap') : (
              <>
                <span>{t('leg.consumption')} {show(p.consumption * factor)}</span>
                <span>{t('leg.production')} {show(p.production * factor)}</span>
                <span>{t('leg.import')} {show(p.import * factor)}</span>
                <span>{t('leg.export')} {show(p.export * factor)}</span>
              </>
            )}
          </>
        ) : <span>{t('chart.hint')}</span>}
      </p>
    </>
  );
}

const LEGS = ['production', 'consumption', 'import', 'export', 'charge', 'discharge'];

/** To the signed registers that a figure is the difference of. */
const Proof = ({ from, to, name }) => (
  <a class="proof" href={`#/trust/proof?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`} aria-label={t('proof.of', { name })}>
    <Icon name="trust" size={18} />
  </a>
);

function Table({ slots, period, to }) {
  const lang = locale.value;
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={t('table.label')}>
      <table>
        <caption class="sr">{t('table.label')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('table.time')}</th>
            {LEGS.map((leg) => <th key={leg} scope="col" class="num">{t('leg.' + leg)}</th>)}
            <th scope="col">{t('proof')}</th>
          </tr>
        </thead>
        <tbody>
          {slots.map((s, i) => [s, slots[i + 1]]).filter(([s]) => s.point).map(([{ key, point: p }, next]) => (
            <tr key={key}>
              <th scope="row">{slotName(period, key, true)}</th>
              {p.gap
                ? <td colSpan={LEGS.length} class="quiet">{t('chart.gap')}</td>
                : LEGS.map((leg) => <td key={leg} class="num">{kilowattHours(p[leg], lang)}</td>)}
              <td><Proof from={p.start} to={next?.point?.start ?? ((period === 'day' && next?.key) || to)} name={slotName(period, key, true)} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Shares({ totals }) {
  const lang = locale.value;
  const own = Math.max(0, totals.consumption - totals.import);
  if (!(totals.consumption > 0) && !(totals.production > 0)) return null;
  return (
    <div class="shares">
      <Card class="share own">
        <p class="share-number">{percent(totals.autarky, lang)}</p>
        <h2>{t('autarky')}</h2>
        <p>{t('autarky.long', { used: energy(totals.consumption, lang), own: energy(own, lang), bought: energy(totals.import, lang) })}</p>
        <Meter share={totals.autarky} label={t('autarky')} />
      </Card>
      <Card class="share solar">
        <p class="share-number">{percent(totals.selfConsumption, lang)}</p>
        <h2>{t('self')}</h2>
        <p>{!(totals.production > 0) ? t('self.none') : t('self.long', { produced: energy(totals.production, lang), used: energy(totals.selfConsumed, lang), sold: energy(totals.export, lang) })}</p>
        <Meter share={totals.selfConsumption} label={t('self')} />
      </Card>
      <Card class="share money">
        {Number.isFinite(totals.costMicros) ? <Money totals={totals} /> : <><h2>{t('cost.title')}</h2><p>{t('cost.unknown')}</p></>}
      </Card>
    </div>
  );
}

const Meter = ({ share, label }) =>
  Number.isFinite(share) ? (
    <svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={`${label} ${percent(share, locale.value)}`}>
      <rect width="100" height="6" class="meter-back" />
      <rect width={100 * Math.min(1, Math.max(0, share))} height="6" class="meter-fill" />
    </svg>
  ) : null;

function Money({ totals }) {
  const lang = locale.value;
  const say = (micros) => money(micros, totals.currency ?? currency.value, lang);
  const net = totals.costMicros - (totals.revenueMicros ?? 0);
  return (
    <>
      <p class="share-number">{say(Math.abs(net))}</p>
      <h2>{t(net >= 0 ? 'cost.paid' : 'cost.earned')}</h2>
      <p>{t('cost.long', { cost: say(totals.costMicros), revenue: say(totals.revenueMicros ?? 0) })}</p>
    </>
  );
}

function Compare({ period, date, totals }) {
  const before = shift(period, date, -1);
  const load = useLoad(() => api.get(`/energy?period=${period}&date=${before}`), period + before);
  const lang = locale.value;
  const running = unfinished(period, date, today(zone.value, new Date()));
  if (!load.value) return load.problem ? null : <Loading />;
  const rows = ['consumption', 'production', 'import', 'export'];
  return (
    <Card title={t('compare.title')}>
      <table class="plain-table">
        <thead>
          <tr>
            <td />
            <th scope="col" class="num">{t('compare.this.' + period)}</th>
            <th scope="col" class="num">{t('compare.last.' + period)}</th>
            {!running && <th scope="col" class="num">{t('compare.change')}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((leg) => (
            <tr key={leg}>
              <th scope="row">{t('leg.' + leg)}</th>
              <td class="num">{energy(totals[leg], lang)}</td>
              <td class="num">{energy(load.value.totals[leg], lang)}</td>
              {!running && <td class="num">{change(relative(totals[leg], load.value.totals[leg]), lang)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {running && <p class="hint">{t('compare.running')}</p>}
    </Card>
  );
}

export function Energy() {
  const q = route.value.query;
  const now = today(zone.value, new Date());
  const period = PERIODS.includes(q.period) ? q.period : 'day';
  const date = firstDay(period, isDate(q.date) && q.date <= now ? q.date : now);
  const [view, setView] = useState('chart');
  const load = useLoad(() => (prosumer.value ? api.get(`/energy?period=${period}&date=${date}`) : null), period + date);
  const move = (p, d) => replace(`energy?period=${p}&date=${d > now ? now : d}`);
  const next = shift(period, date, 1);
  const data = load.value?.period === period ? load.value : null;
  const slots = useMemo(() => (data ? frame(period, date, data, zone.value) : []), [data]);
  if (!prosumer.value) return <><h1>{t('nav.energy')}</h1><NoRawData /></>;
  const doubt = data ? doubts(data.points) : null;
  const name = periodName(period, date);
  return (
    <>
      <div class="title-row">
        <h1>{t('nav.energy')}</h1>
        <Choice legend={t('period')} hidden name="period" value={period} onValue={(p) => move(p, date)}
          options={PERIODS.map((p) => [p, t('period.' + p)])} />
      </div>
      <div class="date-row">
        <button type="button" class="icon-button framed" onClick={() => move(period, shift(period, date, -1))} aria-label={t('period.back')}><Icon name="back" /></button>
        <h2 class="date-name" aria-live="polite">{name}</h2>
        <button type="button" class="icon-button framed" aria-disabled={next > now ? 'true' : undefined}
          onClick={() => next <= now && move(period, next)} aria-label={t('period.forward')}><Icon name="next" /></button>
        <label class="date-pick"><span class="sr">{t('period.pick')}</span>
          <input type="date" value={date} max={now} onChange={(e) => isDate(e.currentTarget.value) && move(period, e.currentTarget.value)} />
        </label>
      </div>
      {load.problem && <Trouble problem={load.problem} retry={load.reload} />}
      {!data && !load.problem && <Loading />}
      {data && (
        <>
          <Card class="chart-card">
            <div class="chart-head">
              <h2>{t(period === 'day' ? 'chart.power' : 'chart.energy')}</h2>
              <Choice legend={t('view')} hidden name="view" value={view} onValue={setView}
                options={[['chart', t('view.chart'), 'energy'], ['table', t('view.table'), 'list']]} />
            </div>
            {data.points.length === 0 ? <p class="quiet">{t('energy.none')}</p>
              : view === 'chart' ? <Bars key={locale.value} data={data} period={period} slots={slots} /> : <Table slots={slots} period={period} to={data.to} />}
            {doubt.gaps > 0 && <Alert kind="warn">{t('energy.gaps', { n: doubt.gaps })}</Alert>}
            {doubt.partial > 0 && <p class="hint">{t('energy.partial', { n: doubt.partial })}</p>}
            {doubt.notMeasured > 0 && <p class="hint">{t('energy.estimated', { n: doubt.notMeasured })}</p>}
          </Card>
          <Shares totals={data.totals} />
          <div class="two">
            <Card title={t('totals.title')}>
              <dl class="facts">
                {LEGS.map((leg) => (
                  <div key={leg}><dt>{t('leg.' + leg)}</dt><dd>{energy(data.totals[leg], locale.value)}</dd></div>
                ))}
              </dl>
              <div class="row"><a class="button" href={api.url(`/energy.csv?period=${period}&date=${date}`)} download={`energy-${period}-${date}.csv`}>
                <Icon name="download" size={20} /><span>{t('energy.csv')}</span>
              </a>
              <a class="button" href={`#/trust/proof?from=${encodeURIComponent(data.from)}&to=${encodeURIComponent(data.to)}`}>
                <Icon name="trust" size={20} /><span>{t('proof.period')}</span>
              </a></div>
            </Card>
            <Compare period={period} date={date} totals={data.totals} />
          </div>
        </>
      )}
    </>
  );
}
