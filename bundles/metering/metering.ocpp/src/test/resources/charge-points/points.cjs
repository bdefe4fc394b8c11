// Charge points that hold the hub to the schemas of OCPP (ocpp-rpc in strict mode).
// node points.cjs one 1.6|2.0.1 URL IDENTITY PASSWORD     one that does a whole session
// node points.cjs many 1.6|2.0.1 URL COUNT PASSWORD       COUNT at once, each with a short session
// One line of JSON per thing that happens on the standard output; any violation ends with code 3.
'use strict';
const {RPCClient} = require('ocpp-rpc');

const [mode, version, url, who, password] = process.argv.slice(2);
const old = version === '1.6';
const say = (event, more = {}) => console.log(JSON.stringify({event, ...more}));
const now = () => new Date().toISOString();

function make(identity) {
  const client = new RPCClient({
    endpoint: url,
    identity,
    password,
    protocols: [`ocpp${version}`],
    strictMode: true,
    reconnect: false,
    wsOpts: {rejectUnauthorized: false},
  });
  client.on('strictValidationFailure', failure => {
    say('violation', {
      method: failure.method,
      outbound: failure.outbound,
      isCall: failure.isCall,
      error: String(failure.error && failure.error.message),
    });
    process.exit(3);
  });
  client.handle(({method}) => {
    say('unexpected', {method});
    return {status: 'Rejected'};
  });
  return client;
}

/** Samples of one instant; power in kW and energy in kWh, as some send them. */
function meterValue(energy, power, context) {
  const sampled = (value, measurand, unit, more = {}) =>
    old
      ? {value: String(value), measurand, unit, context, ...more}
      : {value, measurand, context, ...(unit ? {unitOfMeasure: {unit}} : {}), ...more};
  return {
    timestamp: now(),
    sampledValue: [
      sampled(energy / 1000, 'Energy.Active.Import.Register', 'kWh'),
      sampled(power / 1000, 'Power.Active.Import', 'kW'),
      ...['L1', 'L2', 'L3'].flatMap((phase, i) => [
        sampled(power / 690 + i, 'Current.Import', 'A', {phase}),
        sampled(230 + i, 'Voltage', 'V', {phase: `${phase}-N`}),
      ]),
      sampled(55, 'SoC', 'Percent', {location: 'EV'}),
    ],
  };
}

/** A connector that the hub can start, limit and stop. */
function station(client, connector, quiet) {
  let energy = 1000;
  let transaction = null;
  let sequence = 0;
  const tell = (event, more) => quiet || say(event, more);

  const status = state =>
    client.call('StatusNotification', old
      ? {connectorId: connector, errorCode: 'NoError', status: state, timestamp: now()}
      : {
          timestamp: now(),
          evseId: connector,
          connectorId: 1,
          connectorStatus: state === 'Available' ? 'Available' : 'Occupied',
        });

  const event = (eventType, triggerReason, more = {}, info = {}) =>
    client.call('TransactionEvent', {
      eventType,
      triggerReason,
      timestamp: now(),
      seqNo: sequence++,
      transactionInfo: {transactionId: transaction, ...info},
      evse: {id: connector, connectorId: 1},
      ...more,
    });

  const start = async (tag, remoteStartId) => {
    if (old) {
      const answer = await client.call('StartTransaction', {
        connectorId: connector, idTag: tag, meterStart: energy, timestamp: now(),
      });
      transaction = answer.transactionId;
      tell('started', {transaction, status: answer.idTagInfo.status});
      await status('Charging');
    } else {
      transaction = `tx-${connector}-${Date.now()}`;
      const answer = await event('Started', remoteStartId === undefined ? 'Authorized' : 'RemoteStart', {
        idToken: {idToken: tag, type: 'Central'},
        meterValue: [meterValue(energy, 0, 'Transaction.Begin')],
      }, {chargingState: 'Charging', ...(remoteStartId === undefined ? {} : {remoteStartId})});
      tell('started', {transaction, status: answer.idTokenInfo.status});
    }
  };

  const meter = async power => {
    energy += 100;
    if (old) {
      await client.call('MeterValues', {
        connectorId: connector,
        transactionId: transaction,
        meterValue: [meterValue(energy, power, 'Sample.Periodic')],
      });
    } else {
      await event('Updated', 'MeterValuePeriodic', {
        meterValue: [meterValue(energy, power, 'Sample.Periodic')],
      }, {chargingState: 'Charging'});
    }
    tell('metered', {energy});
  };

  const stop = async () => {
    energy += 50;
    if (old) {
      await client.call('StopTransaction', {
        transactionId: transaction, meterStop: energy, timestamp: now(), reason: 'Remote',
        transactionData: [meterValue(energy, 0, 'Transaction.End')],
      });
    } else {
      await event('Ended', 'RemoteStop', {
        meterValue: [meterValue(energy, 0, 'Transaction.End')],
      }, {chargingState: 'EVConnected', stoppedReason: 'Remote'});
    }
    transaction = null;
    await status('Available');
    tell('stopped', {energy});
  };

  const variable = {
    'SmartChargingCtrlr/Enabled': 'true',
    'SmartChargingCtrlr/RateUnit': 'A,W',
    'SmartChargingCtrlr/ProfileStackLevel': '5',
    'SampledDataCtrlr/TxUpdatedInterval': '60',
  };
  const known = {
    SupportedFeatureProfiles: 'Core,SmartCharging,RemoteTrigger',
    ChargingScheduleAllowedChargingRateUnit: 'Current',
    MeterValueSampleInterval: '60',
    MeterValuesSampledData: 'Energy.Active.Import.Register',
  };

  if (old) {
    client.handle('GetConfiguration', ({params}) => ({
      configurationKey: params.key.filter(k => k in known)
        .map(key => ({key, readonly: false, value: known[key]})),
      unknownKey: params.key.filter(k => !(k in known)),
    }));
    client.handle('ChangeConfiguration', ({params}) => {
      tell('changed', params);
      // Six measurands are too many for this one.
      return {status: params.value.split(',').length > 4 ? 'Rejected' : 'Accepted'};
    });
    client.handle('RemoteStartTransaction', ({params}) => {
      tell('remote-start', params);
      setTimeout(() => start(params.idTag).catch(fail), 0);
      return {status: 'Accepted'};
    });
    client.handle('RemoteStopTransaction', ({params}) => {
      tell('remote-stop', params);
      const mine = params.transactionId === transaction;
      if (mine) {
        setTimeout(() => stop().catch(fail), 0);
      }
      return {status: mine ? 'Accepted' : 'Rejected'};
    });
  } else {
    client.handle('GetVariables', ({params}) => ({
      getVariableResult: params.getVariableData.map(each => {
        const value = variable[`${each.component.name}/${each.variable.name}`];
        return {
          attributeStatus: value === undefined ? 'UnknownVariable' : 'Accepted',
          component: each.component,
          variable: each.variable,
          ...(value === undefined ? {} : {attributeValue: value}),
        };
      }),
    }));
    client.handle('SetVariables', ({params}) => ({
      setVariableResult: params.setVariableData.map(each => {
        tell('changed', {key: each.variable.name, value: each.attributeValue});
        return {
          attributeStatus: each.attributeValue.split(',').length > 4 ? 'Rejected' : 'Accepted',
          component: each.component,
          variable: each.variable,
        };
      }),
    }));
    client.handle('RequestStartTransaction', ({params}) => {
      tell('remote-start', params);
      setTimeout(() => start(params.idToken.idToken, params.remoteStartId).catch(fail), 0);
      return {status: 'Accepted'};
    });
    client.handle('RequestStopTransaction', ({params}) => {
      tell('remote-stop', params);
      const mine = params.transactionId === transaction;
      if (mine) {
        setTimeout(() => stop().catch(fail), 0);
      }
      return {status: mine ? 'Accepted' : 'Rejected'};
    });
  }
  client.handle('SetChargingProfile', ({params}) => {
    tell('profile', {params});
    return {status: 'Accepted'};
  });
  client.handle('ClearChargingProfile', ({params}) => {
    tell('cleared', {params});
    return {status: 'Accepted'};
  });
  client.handle('TriggerMessage', ({params}) => {
    tell('triggered', params);
    return {status: 'NotImplemented'};
  });
  return {status, start, meter, stop};
}

function boot(client, serial) {
  return client.call('BootNotification', old
    ? {
        chargePointVendor: 'Example', chargePointModel: 'Wallbox', firmwareVersion: '1.2.3',
        chargePointSerialNumber: serial,
      }
    : {
        reason: 'PowerUp',
        chargingStation: {
          vendorName: 'Example', model: 'Wallbox', firmwareVersion: '1.2.3', serialNumber: serial,
        },
      });
}

function fail(error) {
  say('failed', {error: String(error && error.stack)});
  process.exit(2);
}

async function one() {
  const client = make(who);
  const connector = station(client, 1, false);
  await client.connect();
  const booted = await boot(client, 'S-1');
  say('booted', booted);
  await client.call('Heartbeat', {});
  await connector.status('Available');
  for (const tag of ['GOOD', 'STRANGE']) {
    const answer = await client.call('Authorize', old ? {idTag: tag} : {idToken: {idToken: tag, type: 'ISO14443'}});
    say('authorised', {tag, status: (answer.idTagInfo || answer.idTokenInfo).status});
  }
  await client.call('DataTransfer', {vendorId: 'com.example', messageId: 'x'});
  if (old) {
    await client.call('FirmwareStatusNotification', {status: 'Idle'});
    await client.call('DiagnosticsStatusNotification', {status: 'Idle'});
  } else {
    await client.call('NotifyReport', {requestId: 1, generatedAt: now(), seqNo: 0});
    await client.call('NotifyEvent', {
      generatedAt: now(), seqNo: 0,
      eventData: [{
        eventId: 1, timestamp: now(), trigger: 'Delta', actualValue: 'x',
        eventNotificationType: 'HardWiredNotification',
        component: {name: 'EVSE'}, variable: {name: 'Problem'},
      }],
    });
    await client.call('MeterValues', {evseId: 1, meterValue: [meterValue(1000, 0, 'Sample.Clock')]});
  }
  await connector.status('Preparing');
  say('ready');
  // What is typed tells what to do.
  for await (const line of require('readline').createInterface({input: process.stdin})) {
    const [what, value] = line.split(' ');
    if (what === 'meter') {
      await connector.meter(Number(value));
    } else if (what === 'raw') {
      client.sendRaw(line.slice(4));
    } else if (what === 'quit') {
      await client.close();
      say('bye');
      process.exit(0);
    }
  }
}

async function many() {
  const count = Number(who);
  const points = [];
  for (let i = 0; i < count; i++) {
    points.push((async () => {
      const client = make(`CP-${i}`);
      const connector = station(client, 1, true);
      await client.connect();
      await boot(client, `S-${i}`);
      await connector.status('Available');
      await connector.start('GOOD');
      for (let n = 1; n <= 5; n++) {
        await connector.meter(1000 + i);
      }
      return [client, connector];
    })());
  }
  const all = await Promise.all(points);
  say('all-charging', {count: all.length});
  for await (const line of require('readline').createInterface({input: process.stdin})) {
    if (line === 'stop') {
      await Promise.all(all.map(async ([client, connector]) => {
        await connector.stop();
        await client.close();
      }));
      say('all-done');
      process.exit(0);
    }
  }
}

process.on('unhandledRejection', fail);
(mode === 'many' ? many() : one()).catch(fail);
