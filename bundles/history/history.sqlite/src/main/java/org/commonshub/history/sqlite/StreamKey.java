package org.commonshub.history.sqlite;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.Unit;

/** What frames that can share a chunk have in common. */
record StreamKey(
    DeviceId device, int clockEpoch, int meterEpoch, int revision, List<Quantity> quantities) {

  static StreamKey of(ReadingFrame frame) {
    List<Measurement> values = frame.values();
    List<Quantity> quantities = new ArrayList<>(values.size());
    for (Measurement value : values) {
      quantities.add(value.quantity());
    }
    return new StreamKey(
        frame.device(), frame.clockEpoch(), frame.meterEpoch(), frame.revision(), quantities);
  }

  /** Whether a frame belongs here, without allocating. */
  boolean holds(ReadingFrame frame) {
    if (frame.clockEpoch() != clockEpoch
        || frame.meterEpoch() != meterEpoch
        || frame.revision() != revision
        || frame.values().size() != quantities.size()) {
      return false;
    }
    List<Measurement> values = frame.values();
    for (int i = 0; i < quantities.size(); i++) {
      Quantity quantity = values.get(i).quantity();
      if (!quantity.equals(quantities.get(i))) {
        return false;
      }
    }
    return device.equals(frame.device());
  }

  void write(Out out) {
    uuid(out, device);
    out.svar(clockEpoch);
    out.svar(meterEpoch);
    out.svar(revision);
    out.uvar(quantities.size());
    for (Quantity quantity : quantities) {
      quantity(out, quantity);
    }
  }

  static StreamKey read(In in) throws Damaged {
    DeviceId device = uuid(in);
    int clockEpoch = in.i32var();
    int meterEpoch = in.i32var();
    int revision = in.i32var();
    int count = in.size(ReadingFrame.MAX_VALUES);
    List<Quantity> quantities = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      quantities.add(quantity(in));
    }
    return new StreamKey(device, clockEpoch, meterEpoch, revision, quantities);
  }

  /** Number that tells lists of quantities apart with high probability. */
  int schema() {
    Out out = new Out(64);
    for (Quantity quantity : quantities) {
      quantity(out, quantity);
    }
    CRC32C crc = new CRC32C();
    crc.update(out.bytes, 0, out.length);
    return (int) crc.getValue();
  }

  static void uuid(Out out, DeviceId device) {
    out.i64(device.value().getMostSignificantBits());
    out.i64(device.value().getLeastSignificantBits());
  }

  static DeviceId uuid(In in) throws Damaged {
    long most = in.i64();
    return new DeviceId(new UUID(most, in.i64()));
  }

  static void quantity(Out out, Quantity quantity) {
    out.uvar(quantity.key());
    out.u8(quantity.channel());
    if (quantity.key() == 0) {
      out.text(quantity.name());
      out.text(quantity.commodity().name());
      out.text(quantity.unit().symbol());
      out.text(quantity.phase().name());
      out.text(quantity.nature().name());
    }
  }

  static Quantity quantity(In in) throws Damaged {
    int key = in.size(Integer.MAX_VALUE);
    int channel = in.u8();
    try {
      Quantity quantity =
          key == 0
              ? Quantity.custom(
                  in.text(64),
                  Commodity.valueOf(in.text(64)),
                  Unit.ofSymbol(in.text(64)),
                  Phase.valueOf(in.text(64)),
                  Nature.valueOf(in.text(64)))
              : Quantity.byKey(key)
                  .orElseThrow(() -> new IllegalArgumentException("unknown quantity " + key));
      return quantity.channel(channel);
    } catch (IllegalArgumentException e) {
      throw new Damaged(e.getMessage());
    }
  }
}
