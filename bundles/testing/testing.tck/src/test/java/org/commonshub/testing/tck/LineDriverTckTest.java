package org.commonshub.testing.tck;

import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.fakes.FakeDatagramConnection;

/** A driver of lines with a check sum, over a stream and in datagrams. */
class LineDriverTckTest extends PushDriverTck {
  @Override
  protected MeterDriver driver() {
    return new LineDriver();
  }

  @Override
  protected List<String> links() {
    return List.of("tcp", "udp");
  }

  @Override
  protected Feeder feeder(String link) throws Exception {
    if (link.equals("tcp")) {
      return super.feeder(link);
    }
    Endpoint endpoint = Endpoint.parse("udp://192.0.2.1:2000");
    FakeDatagramConnection datagrams = new FakeDatagramConnection(endpoint);
    return Feeder.of(endpoint, datagrams, datagrams::push, datagrams::listeners);
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of();
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("checked", "perhaps");
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(
        LineDriver.line("P=123;E=456", true),
        LineDriver.line("P=-77;E=457", true),
        LineDriver.line("P=0;E=1000458", true),
        LineDriver.line("P=2500;E=1000459", true));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return List.of(
            Map.of("power.active", "123", "energy.import", "456000"),
            Map.of("power.active", "-77", "energy.import", "457000"),
            Map.of("power.active", "0", "energy.import", "1000458000"),
            Map.of("power.active", "2500", "energy.import", "1000459000"))
        .get(step);
  }
}
