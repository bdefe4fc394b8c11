// Adding a device: which one, where, tried before it is added, named.
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../lib/api.js';
import { blank, fault, format as address, inOrder, parse } from '../lib/endpoint.js';
import { importantFirst } from '../lib/flow.js';
import { t } from '../lib/i18n.js';
import { go } from '../lib/router.js';
import { devices, loadDevices, prosumer } from '../lib/store.js';
import { AddressFields, Back, defaultsOf, EMPTY, OptionFields, PlaceFields, RoleIcon, Values } from '../ui/devicefields.jsx';
import { Icon } from '../ui/icons.jsx';
import { Alert, Button, explain, FormError, Input, Loading, Trouble, useLoad } from '../ui/parts.jsx';

// What was chosen on another page, on its way into the form.
let given = null;

/** Opens the form for a device that was found: two clicks from here. */
export function addFound(definition) {
  given = { definition };
  go('devices/new');
}

/** Opens the form for a model of the table of supported devices. */
export function addModel(model) {
  given = { model };
  go('devices/new');
}

/** A test read needs a name only because a definition has one. */
const withName = (d) => ({ ...d, name: d.name || 'Test' });

const STEPS = ['model', 'address', 'name'];

function Steps({ step }) {
  return (
    <ol class="steps">
      {STEPS.map((s, i) => (
        <li key={s} class={i === step ? 'on' : i < step ? 'done' : ''} aria-current={i === step ? 'step' : undefined}>
          <span class="step-number" aria-hidden="true">{i < step ? <Icon name="check" size={16} /> : i + 1}</span>
          <span>{t('step.' + s)}</span>
        </li>
      ))}
    </ol>
  );
}

function Models({ drivers, onChoose }) {
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const models = drivers
    .flatMap((x) => x.models.map((m) => ({ driver: x, ...m })))
    .filter((m) => `${m.maker} ${m.model} ${m.driver.title}`.toLowerCase().includes(wanted))
    .sort((a, b) => `${a.maker} ${a.model}`.localeCompare(`${b.maker} ${b.model}`));
  return (
    <>
      <Input label={t('model.search')} value={search} onValue={setSearch} type="search" />
      <ul class="plain model-list" aria-label={t('model.list')}>
        {models.map((m) => (
          <li key={m.driver.id + m.maker + m.model + JSON.stringify(m.settings)}>
            <button type="button" class="tile" onClick={() => onChoose(m.driver, m)}>
              <RoleIcon role={m.role} size={22} />
              <span class="grow"><strong>{m.maker} {m.model}</strong><small>{m.driver.title}</small></span>
              <Icon name="next" size={18} />
            </button>
          </li>
        ))}
      </ul>
      {models.length === 0 && <p class="quiet">{t('model.none')}</p>}
      <h3>{t('model.other')}</h3>
      <ul class="plain model-list">
        {drivers.map((x) => (
          <li key={x.id}>
            <button type="button" class="tile" onClick={() => onChoose(x)}>
              <span class="role-icon"><Icon name="puzzle" size={22} /></span>
              <span class="grow"><strong>{x.title}</strong><small>{x.id}</small></span>
              <Icon name="next" size={18} />
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What the device says when it is read once, before it is added. */
function TestRead({ state, role, again, change }) {
  if (!state) return null;
  if (state.busy) return <div class="test-result"><Loading>{t('test.busy')}</Loading></div>;
  return (
    <div class="test-result">
      {state.problem ? (
        <Alert kind="warn" title={t('test.failed')}>
          <p>{explain(state.problem)}</p>
          <div class="row">
            <Button kind="quiet" onClick={again}>{t('retry')}</Button>
            <Button kind="quiet" onClick={change}>{t('test.change')}</Button>
          </div>
        </Alert>
      ) : (
        <>
          <Alert kind="ok" title={t('test.ok')}>{t('test.ok.text')}</Alert>
          <Values role={role} values={importantFirst(state.values).slice(0, 8)} />
        </>
      )}
    </div>
  );
}

export function Add() {
  const drivers = useLoad(async () => {
    if (!devices.value) await loadDevices();
    return api.get('/drivers');
  });
  const [step, setStep] = useState(0);
  const [d, setD] = useState(EMPTY);
  const [parts, setParts] = useState(() => parse(''));
  const [test, setTest] = useState(null);
  const [problem, fail] = useState(null);
  const [busy, work] = useState(false);
  const [ready, begin] = useState(false);
  const head = useRef();
  const first = useRef(true);
  useEffect(() => {
    if (!ready) return;
    if (first.current) first.current = false;
    else head.current?.focus();
  }, [step, ready]);

  const to = (n) => {
    fail(null);
    setStep(n);
  };
  const choose = (chosen, model) => {
    setD({
      ...EMPTY, driver: chosen.id, name: model ? `${model.maker} ${model.model}`.slice(0, 64) : '', role: model?.role ?? 'LOAD',
      settings: { ...defaultsOf(chosen), ...model?.settings }, interval_ms: chosen.push ? 10_000 : 1000,
    });
    setParts(blank(chosen, inOrder(chosen.schemes)[0]));
    setTest(null);
    to(1);
  };
  const missing = (driver, settings) => driver.options.find((o) => o.required && !settings[o.key]);
  /** Reads once; resolves to whether it answered. */
  const read = async (definition) => {
    setTest({ busy: true });
    try {
      setTest({ values: (await api.post('/devices/test', withName(definition), { timeout: 60_000 })).values });
      return true;
    } catch (p) {
      setTest({ problem: p });
      return false;
    }
  };
  // What another page handed over.
  useEffect(() => {
    if (!drivers.value || ready) return;
    const { definition, model } = given ?? {};
    given = null;
    begin(true);
    const driver = drivers.value.find((x) => x.id === (definition ?? model)?.driver);
    if (!driver) return;
    if (model) {
      choose(driver, driver.models.find((m) => m.maker === model.maker && m.model === model.model && m.role === model.role));
      return;
    }
    const next = { ...EMPTY, ...definition, settings: { ...defaultsOf(driver), ...definition.settings } };
    setD(next);
    setParts(parse(definition.endpoint));
    const needed = missing(driver, next.settings);
    if (needed) {
      setStep(1);
      return fail({ field: needed.key, detail: t('required') });
    }
    setStep(2);
    if (prosumer.value) read(next);
  }, [drivers.value]);

  if (drivers.problem) return <><Back /><h1>{t('devices.add')}</h1><Trouble problem={drivers.problem} retry={drivers.reload} /></>;
  if (!ready) return <><Back /><h1>{t('devices.add')}</h1><Loading /></>;
  const driver = drivers.value.find((x) => x.id === d.driver);
  const tested = async (event) => {
    event?.preventDefault();
    if (busy) return;
    const wrong = fault(parts);
    if (wrong) return fail({ field: wrong, detail: t('address.' + wrong + '.wrong') });
    const needed = missing(driver, d.settings);
    if (needed) return fail({ field: needed.key, detail: t('required') });
    const next = { ...d, endpoint: address(parts) };
    setD(next);
    setTest(null);
    fail(null);
    if (!prosumer.value) return to(2);
    work(true);
    try {
      setTest({ values: (await api.post('/devices/test', withName(next), { timeout: 60_000 })).values });
      to(2);
    } catch (p) {
      fail(p);
    } finally {
      work(false);
    }
  };
  const save = async (event) => {
    event.preventDefault();
    if (busy) return;
    if (!d.name.trim()) return fail({ field: 'name', detail: t('name.missing') });
    work(true);
    fail(null);
    try {
      await api.post('/devices', d);
      await loadDevices().catch(() => {});
      go('devices');
    } catch (p) {
      fail(p);
    } finally {
      work(false);
    }
  };
  return (
    <>
      <Back />
      <h1>{t('devices.add')}</h1>
      <Steps step={step} />
      <h2 ref={head} tabIndex={-1} class="step-title focus-quiet">{t('step.' + STEPS[step] + '.title')}</h2>
      {step === 0 && <Models drivers={drivers.value} onChoose={choose} />}
      {step === 1 && driver && (
        <form class="card form" onSubmit={tested} noValidate>
          <FormError problem={problem} />
          {problem && !problem.field && driver.push && prosumer.value && (
            <Button kind="quiet" onClick={() => to(2)}>{t('test.skip')}</Button>
          )}
          <AddressFields driver={driver} value={parts} onValue={setParts} problem={problem} />
          <OptionFields driver={driver} settings={d.settings} onValue={(settings) => setD({ ...d, settings })} problem={problem} />
          {!prosumer.value && <p class="hint">{t('operator.test')}</p>}
          <div class="row">
            <Button kind="primary" type="submit" busy={busy}>{t(prosumer.value ? 'step.test' : 'step.next')}</Button>
            <Button kind="quiet" onClick={() => to(0)}>{t('back')}</Button>
          </div>
        </form>
      )}
      {step === 2 && (
        <form class="card form" onSubmit={save} noValidate>
          <TestRead state={test} role={d.role} again={() => read(d)} change={() => to(1)} />
          <FormError problem={problem} />
          <PlaceFields value={d} onValue={setD} problem={problem} />
          <div class="row">
            <Button kind="primary" type="submit" busy={busy}>{t('device.save')}</Button>
            <Button kind="quiet" onClick={() => to(driver ? 1 : 0)}>{t('back')}</Button>
          </div>
        </form>
      )}
    </>
  );
}
