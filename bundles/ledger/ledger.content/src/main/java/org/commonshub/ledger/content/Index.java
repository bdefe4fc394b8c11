package org.commonshub.ledger.content;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.ContentStore.Sealed;
import org.commonshub.measure.api.DeviceId;

/** What the hub alone knows of a sealed batch, in the file beside it. */
final class Index {
  private Index() {}

  static byte[] write(Sealed sealed) {
    return Cbor.encode(
        List.of(
            sealed.cid(),
            sealed.sealed().toEpochMilli(),
            sealed.devices().stream().map(DeviceId::toString).toList(),
            sealed.from().toEpochMilli(),
            sealed.to().toEpochMilli(),
            sealed.recipients(),
            sealed.records(),
            sealed.bytes()));
  }

  /** Reads it; throws any RuntimeException if it is something else. */
  static Sealed read(byte[] bytes) throws MalformedCborException {
    List<?> fields = (List<?>) Cbor.decode(bytes);
    List<DeviceId> devices = new ArrayList<>();
    for (Object device : (List<?>) fields.get(2)) {
      devices.add(DeviceId.parse((String) device));
    }
    List<String> recipients = new ArrayList<>();
    for (Object recipient : (List<?>) fields.get(5)) {
      recipients.add((String) recipient);
    }
    return new Sealed(
        (String) fields.get(0),
        Instant.ofEpochMilli((Long) fields.get(1)),
        devices,
        Instant.ofEpochMilli((Long) fields.get(3)),
        Instant.ofEpochMilli((Long) fields.get(4)),
        recipients,
        (Long) fields.get(6),
        (Long) fields.get(7));
  }
}
