package org.commonshub.metering.serial;

import com.fazecast.jSerialComm.SerialPort;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.commonshub.metering.api.SerialPorts;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serial ports of this machine, adapters first, each by the name udev keeps for it ({@code
 * /dev/serial/by-id}) where there is one: {@code ttyUSB0} may be another adapter after a restart.
 */
@Component(service = SerialPorts.class)
public final class SystemSerialPorts implements SerialPorts {
  /** Most ports listed. */
  static final int LIMIT = 64;

  private static final Logger LOG = LoggerFactory.getLogger(SystemSerialPorts.class);
  private static final Pattern ADDRESSABLE = Pattern.compile("[A-Za-z0-9/._:+,@=~-]+");

  private final Supplier<List<Port>> system;
  private final Path byId;

  /** Ports of this machine. */
  @Activate
  public SystemSerialPorts() {
    this(SystemSerialPorts::system, Path.of("/dev/serial/by-id"));
  }

  SystemSerialPorts(Supplier<List<Port>> system, Path byId) {
    this.system = system;
    this.byId = byId;
  }

  @Override
  public List<Port> ports() {
    Map<Path, String> stable = stable();
    List<Port> adapters = new ArrayList<>();
    List<Port> others = new ArrayList<>();
    for (Port port : system.get()) {
      String name = stable.remove(real(Path.of(port.path())));
      if (name != null) {
        adapters.add(new Port(name, port.description()));
      } else {
        others.add(port);
      }
    }
    // What the library does not know, udev may.
    stable.forEach((device, name) -> adapters.add(new Port(name, device.toString())));
    adapters.sort(Comparator.comparing(Port::path));
    others.sort(Comparator.comparing(Port::path));
    adapters.addAll(others);
    return List.copyOf(adapters.subList(0, Math.min(LIMIT, adapters.size())));
  }

  /**
   * Stable names by the device they lead to; names that cannot stand in an endpoint are left out.
   */
  private Map<Path, String> stable() {
    Map<Path, String> names = new HashMap<>();
    if (!Files.isDirectory(byId)) {
      return names;
    }
    try (DirectoryStream<Path> links = Files.newDirectoryStream(byId)) {
      for (Path link : links) {
        // A link that leads nowhere is left over from an adapter that was pulled out.
        if (names.size() < LIMIT
            && ADDRESSABLE.matcher(link.toString()).matches()
            && Files.exists(link)) {
          names.merge(
              real(link), link.toString(), (one, two) -> one.compareTo(two) < 0 ? one : two);
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("Cannot list {}.", byId, e); // Adapters come and go.
    }
    return names;
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath();
    }
  }

  private static List<Port> system() {
    List<Port> ports = new ArrayList<>();
    try {
      for (SerialPort port : SerialPort.getCommPorts()) {
        ports.add(new Port(port.getSystemPortPath(), port.getDescriptivePortName()));
      }
    } catch (RuntimeException | LinkageError e) { // The native library's.
      LOG.warn("The serial ports of this machine cannot be listed.", e);
    }
    return ports;
  }
}
