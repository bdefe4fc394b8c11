package org.commonshub.metering.p1;

import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;

/**
 * P1 telegrams: the first byte chooses how they are framed, with and without the check sum and the
 * encryption that would keep nearly every input out.
 */
public final class TelegramFuzz {
  private static final ZoneId ZONE = ZoneId.of("Europe/Amsterdam");

  private TelegramFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 1) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(data, 1, data.length);
    Framer framer =
        switch (data[0] & 7) {
          case 0 -> new PlainFramer(Checksum.CRC16, false);
          case 1 -> new PlainFramer(Checksum.X25, false);
          case 2 -> new CipheredFramer(new byte[16], new byte[16]);
          case 3, 4 -> new PlainFramer(Checksum.NONE, false);
          default -> new PlainFramer(Checksum.NONE, true);
        };
    Framer.Sink sink =
        new Framer.Sink() {
          @Override
          public void telegram(Telegram telegram) {
            check(telegram);
          }

          @Override
          public void trouble(Framer.Trouble trouble, String why) {
            if (why.length() > 200) {
              throw new AssertionError("says too much");
            }
          }
        };
    framer.take(rest, sink);
    new EncryptionDetector().take(rest);
    if (framer instanceof PlainFramer plain) {
      plain.finish(sink);
    }
    framer.reset();
    framer.take(rest, sink);
  }

  private static void check(Telegram telegram) {
    Set<Quantity> seen = new HashSet<>();
    List<Measurement> values = MainValues.of(telegram);
    for (Measurement value : values) {
      if (!seen.add(value.quantity())) {
        throw new AssertionError(value.quantity() + " is there twice");
      }
      check(value);
    }
    for (SubMeter meter : SubMeter.of(telegram, ZONE)) {
      meter.identity();
      meter.reading().ifPresent(reading -> check(reading.value()));
    }
    telegram.values("0-0:1.0.0").forEach(stamp -> Stamp.parse(stamp, ZONE));
    telegram.identity();
  }

  private static void check(Measurement value) {
    if (value.quantity().nature() == Nature.REGISTER && value.mantissa() < 0) {
      throw new AssertionError(value.quantity() + " is negative");
    }
  }
}
