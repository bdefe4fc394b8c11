package org.commonshub.metering.p1;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.tck.PushDriverTck;
import org.junit.jupiter.api.Nested;

/** The compatibility kit, for every way telegrams come. */
class P1TckTest {
  private abstract static class Tck extends PushDriverTck {
    @Override
    protected MeterDriver driver() {
      return new P1Driver();
    }

    @Override
    protected Map<String, String> settings(String link) {
      return Map.of();
    }

    @Override
    protected Map<String, String> wrongSettings() {
      return Map.of("channel", "9");
    }
  }

  /** A telegram every second, with another power, time and register each. */
  private static String dsmr5(int step) {
    return Telegrams.DSMR_5
        .replace("230118091502W", "23011809150" + step + "W")
        .replace("1-0:1.7.0(00.519", "1-0:1.7.0(00.51" + step)
        .replace("004611.120", "004611.12" + step);
  }

  private static List<byte[]> five() {
    List<byte[]> messages = new ArrayList<>();
    for (int step = 0; step < 5; step++) {
      messages.add(Telegrams.sealed(dsmr5(step)));
    }
    return messages;
  }

  @Nested
  class Dsmr5 extends Tck {
    @Override
    protected List<byte[]> messages() {
      return five();
    }

    @Override
    protected Map<String, String> expected(int step) {
      return Map.of("power.active", "51" + step, "energy.import.t1", "461112" + step);
    }
  }

  @Nested
  class Dsmr22 extends Tck {
    @Override
    protected boolean checksum() {
      return false;
    }

    @Override
    protected List<byte[]> messages() {
      List<byte[]> messages = new ArrayList<>();
      for (int step = 0; step < 4; step++) {
        messages.add(
            Telegrams.bare(
                Telegrams.DSMR_22
                    .replace("(0000.98*kW)", "(0000.9" + step + "*kW)")
                    .replace("00185.123", "00185.12" + step)));
      }
      return messages;
    }

    @Override
    protected Map<String, String> expected(int step) {
      return Map.of("power.active", "9" + step + "0", "energy.import.t1", "18512" + step);
    }
  }

  @Nested
  class Luxembourg extends Tck {
    @Override
    protected Map<String, String> settings(String link) {
      return Map.of("key", Telegrams.KEY);
    }

    @Override
    protected List<byte[]> messages() {
      return List.of(message(0, 0), message(1, 0), message(2, 0));
    }

    @Override
    protected byte[] message(int step, int round) {
      String text = Telegrams.LUXEMBOURG.replace("2.7.0(04.120", "2.7.0(04.12" + step);
      return Telegrams.encrypted(Telegrams.sealed(text), 1000L + 3 * round + step);
    }

    @Override
    protected Map<String, String> expected(int step) {
      return Map.of("power.active", "-412" + step);
    }
  }

  @Nested
  class Gas extends Tck {
    @Override
    protected Map<String, String> settings(String link) {
      return Map.of("channel", "1");
    }

    @Override
    protected List<byte[]> messages() {
      List<byte[]> messages = new ArrayList<>();
      for (int step = 0; step < 4; step++) {
        messages.add(
            Telegrams.sealed(
                Telegrams.DSMR_5.replace(
                    "(230118091000W)(05012.811",
                    "(2301180910" + step + "0W)(05012.81" + (step + 1))));
      }
      return messages;
    }

    @Override
    protected Map<String, String> expected(int step) {
      return Map.of("gas.volume", "5012.81" + (step + 1));
    }
  }
}
