package org.commonshub.testing.tck;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;

/**
 * A meter that is nowhere but in this test: {@code P=123;E=456*7A} and a line feed, the last two an
 * exclusive or of what stands before.
 */
final class LineDriver implements MeterDriver {
  private static final int LONGEST = 200;
  private static final Pattern LINE =
      Pattern.compile("P=(-?[0-9]{1,9});E=([0-9]{1,15})(?:\\*([0-9A-F]{2}))?\r?");

  /** Mistakes that drivers make. */
  enum Mistake {
    NONE,
    DOES_NOT_CHECK,
    KEEPS_HALF_A_LINE,
    BUFFERS_WITHOUT_END,
    DELIVERS_AFTER_CLOSE,
    KEEPS_SUBSCRIPTION,
    THROWS,
    TAKES_CHUNKS_FOR_LINES,
    LISTENS_IN_OPEN,
    STOPS_AT_AN_ERROR
  }

  private final Mistake mistake;

  LineDriver() {
    this(Mistake.NONE);
  }

  LineDriver(Mistake mistake) {
    this.mistake = mistake;
  }

  static byte[] line(String text, boolean checked) {
    return ((checked ? text + "*" + sum(text) : text) + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  static String sum(String text) {
    int sum = 0;
    for (char c : text.toCharArray()) {
      sum = (Integer.rotateLeft(sum, 1) ^ c) % 251;
    }
    return String.format("%02X", sum);
  }

  @Override
  public DriverDescription description() {
    return new DriverDescription(
        "line",
        "Line meter",
        Set.of("tcp", "udp"),
        2000,
        List.of(
            new DriverDescription.Option(
                "checked",
                "Check sum",
                "Whether lines end in a check sum; yes unless given.",
                "yes",
                Map.of("yes", "Yes", "no", "No"),
                false,
                false)),
        List.of(),
        true);
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    String checked = context.settings().get("checked");
    if (!Set.of("yes", "no").contains(checked)) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS, "'checked' is yes or no, not " + checked + ".");
    }
    return new Session(context, checked.equals("yes"));
  }

  private final class Session implements PushSession, StreamConnection.Listener {
    private final DriverContext context;
    private final boolean checked;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean tooLong;
    private AutoCloseable subscription = () -> {};
    private volatile Receiver receiver;

    Session(DriverContext context, boolean checked) {
      this.context = context;
      this.checked = checked && mistake != Mistake.DOES_NOT_CHECK;
      if (mistake == Mistake.LISTENS_IN_OPEN) {
        listen();
      }
    }

    @Override
    public void start(Receiver to) {
      receiver = to;
      if (mistake != Mistake.LISTENS_IN_OPEN) {
        listen();
      }
    }

    private void listen() {
      subscription =
          context.endpoint().scheme().equals("tcp")
              ? context.stream().listen(this)
              : context.datagrams().listen(this::received);
    }

    @Override
    public void received(byte[] bytes) {
      for (byte each : bytes) {
        if (each == '\n') {
          if (!tooLong) {
            decode(line.toString(StandardCharsets.ISO_8859_1));
          }
          clear();
        } else if (line.size() < LONGEST || mistake == Mistake.BUFFERS_WITHOUT_END) {
          line.write(each);
        } else {
          tooLong = true;
        }
      }
      if (mistake == Mistake.TAKES_CHUNKS_FOR_LINES) {
        clear();
      }
    }

    private void decode(String text) {
      Receiver to = receiver;
      Matcher matcher = LINE.matcher(text);
      if (to == null || !matcher.matches()) {
        return;
      }
      if (checked
          && (matcher.group(3) == null
              || !matcher.group(3).equals(sum(text.substring(0, text.indexOf('*')))))) {
        if (mistake == Mistake.THROWS) {
          throw new IllegalStateException("a wrong check sum");
        }
        if (mistake == Mistake.STOPS_AT_AN_ERROR) {
          receiver = null;
        }
        to.failed(
            new DeviceException(
                DeviceException.Kind.INVALID_ANSWER,
                "A line with a wrong check sum. Check the cable."));
        return;
      }
      to.values(
          Optional.empty(),
          List.of(
              Measurement.of(Quantity.ACTIVE_POWER, Long.parseLong(matcher.group(1)), 0),
              Measurement.of(Quantity.ENERGY_IMPORT, Long.parseLong(matcher.group(2)), 3)));
    }

    @Override
    public void broken(DeviceException why) {
      if (mistake != Mistake.KEEPS_HALF_A_LINE) {
        clear();
      }
      Receiver to = receiver;
      if (to != null) {
        to.failed(why);
      }
    }

    private void clear() {
      line.reset();
      tooLong = false;
    }

    @Override
    public void close() {
      if (mistake != Mistake.DELIVERS_AFTER_CLOSE) {
        receiver = null;
      }
      if (mistake == Mistake.KEEPS_SUBSCRIPTION) {
        return;
      }
      try {
        subscription.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
