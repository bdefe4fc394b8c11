package org.commonshub.metering.serial;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * Serial ports through jSerialComm, one thread per port in use. Stages complete, and listeners are
 * called, on the port's thread: what depends on them must hand over and return at once.
 *
 * <p>Handles with different parameters for one port share the port but are refused: a bus has one
 * speed.
 */
@Component(service = TransportProvider.class, property = TransportProvider.SCHEME + "=serial")
public final class SerialTransport implements TransportProvider, AutoCloseable {
  private final Map<String, Shared> open = new HashMap<>();
  private boolean closed;

  private static final class Shared {
    final PortSettings settings;
    final SerialConnection connection;
    int handles;

    Shared(PortSettings settings, SerialConnection connection) {
      this.settings = settings;
      this.connection = connection;
    }
  }

  /** Opens nothing yet. */
  @Activate
  public SerialTransport() {}

  @Override
  public Handle open(Endpoint endpoint) {
    PortSettings settings = PortSettings.of(endpoint);
    synchronized (open) {
      if (closed) {
        throw new IllegalStateException("The serial transport was stopped.");
      }
      Shared shared = open.get(settings.path());
      if (shared == null) {
        shared = new Shared(settings, new SerialConnection(endpoint, settings));
        open.put(settings.path(), shared);
      } else if (!shared.settings.equals(settings)) {
        throw new IllegalArgumentException(
            "'"
                + endpoint
                + "': the port is in use as '"
                + shared.connection.endpoint()
                + "'; all devices on one bus need the same parameters.");
      }
      shared.handles++;
      return new Share(shared);
    }
  }

  /** Closes every port and its thread. */
  @Deactivate
  @Override
  public void close() {
    List<Shared> closing;
    synchronized (open) {
      closed = true;
      closing = new ArrayList<>(open.values());
      open.clear();
    }
    closing.forEach(shared -> shared.connection.close());
  }

  private final class Share implements Handle {
    private final Shared shared;
    private final AtomicBoolean released = new AtomicBoolean();

    Share(Shared shared) {
      this.shared = shared;
    }

    @Override
    public StreamConnection stream() {
      return shared.connection;
    }

    @Override
    public DatagramConnection datagrams() {
      throw new IllegalStateException(
          shared.connection.endpoint() + " carries a stream, not datagrams.");
    }

    @Override
    public void close() {
      if (!released.compareAndSet(false, true)) {
        return;
      }
      synchronized (open) {
        if (--shared.handles > 0 || closed) {
          return;
        }
        open.remove(shared.settings.path());
        // Under the lock: whoever opens the port next must find it free.
        shared.connection.close();
      }
    }
  }
}
