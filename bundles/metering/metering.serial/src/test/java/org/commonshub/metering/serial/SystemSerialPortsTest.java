package org.commonshub.metering.serial;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.commonshub.metering.api.SerialPorts.Port;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemSerialPortsTest {
  @TempDir Path directory;

  private Path device(String name) throws Exception {
    return Files.createFile(directory.toRealPath().resolve(name));
  }

  @Test
  void adaptersComeFirstUnderTheirStableNames() throws Exception {
    Path byId = Files.createDirectory(directory.resolve("by-id"));
    Path usb0 = device("ttyUSB0");
    Path usb1 = device("ttyUSB1");
    Path s0 = device("ttyS0");
    Path link = byId.resolve("usb-Reader_0001-if00-port0");
    Files.createSymbolicLink(link, usb1);
    Files.createSymbolicLink(byId.resolve("usb-with\\x20blank"), usb0);
    Files.createSymbolicLink(byId.resolve("usb-Pulled_out-if00"), directory.resolve("ttyUSB7"));
    List<Port> ports =
        new SystemSerialPorts(
                () ->
                    List.of(
                        new Port(usb0.toString(), "CP2102"),
                        new Port(s0.toString(), "Physical Port S0"),
                        new Port(usb1.toString(), "FT232R")),
                byId)
            .ports();
    assertThat(ports)
        .containsExactly(
            new Port(link.toString(), "FT232R"),
            new Port(s0.toString(), "Physical Port S0"),
            new Port(usb0.toString(), "CP2102"));
  }

  @Test
  void whatOnlyUdevKnowsIsListedToo() throws Exception {
    Path byId = Files.createDirectory(directory.resolve("by-id"));
    Path acm = device("ttyACM0");
    Path link = byId.resolve("usb-Meter-if00");
    Files.createSymbolicLink(link, acm);
    assertThat(new SystemSerialPorts(List::of, byId).ports())
        .containsExactly(new Port(link.toString(), acm.toString()));
  }

  @Test
  void thisMachineCanBeAsked() {
    assertThat(new SystemSerialPorts().ports())
        .hasSizeLessThanOrEqualTo(SystemSerialPorts.LIMIT)
        .allSatisfy(port -> assertThat(port.path()).startsWith("/"));
  }
}
