package ${package};

import java.util.Optional;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;

/** Listens to a meter that sends by itself. It tells no time, so the hub stamps what it says. */
final class ListenSession implements PushSession, StreamConnection.Listener {
  private final StreamConnection stream;
  private final ${driverClass}Settings settings;
  private final LineBuffer buffer = new LineBuffer(this::line);
  private Receiver receiver;
  private AutoCloseable subscription;
  private volatile boolean closed;
  private boolean complained;

  ListenSession(StreamConnection stream, ${driverClass}Settings settings) {
    this.stream = stream;
    this.settings = settings;
  }

  @Override
  public void start(Receiver to) {
    receiver = to;
    subscription = stream.listen(this);
  }

  @Override
  public void received(byte[] bytes) {
    buffer.accept(bytes);
  }

  private void line(byte[] bytes) {
    if (closed) {
      return;
    }
    try {
      receiver.values(Optional.empty(), Line.parse(bytes).values(settings.inverted()));
      complained = false;
    } catch (DeviceException e) {
      if (!complained) { // Once is enough: the first line after a connection is often cut.
        complained = true;
        receiver.failed(e);
      }
    }
  }

  @Override
  public void broken(DeviceException why) {
    buffer.clear();
    if (!closed) {
      receiver.failed(why);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      if (subscription != null) {
        subscription.close();
      }
    } catch (Exception e) {
      throw new IllegalStateException("the subscription did not end", e);
    }
  }
}
