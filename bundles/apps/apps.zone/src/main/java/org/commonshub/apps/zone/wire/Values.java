package org.commonshub.apps.zone.wire;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/** Values of the contracts as what CBOR holds, and back. */
public final class Values {
  private static final int MAX_TEXT = 2048;
  private static final int MAX_NAMES = 1024;

  private Values() {}

  /**
   * What an app knows of the home, at once.
   *
   * @param nanos monotonic
   */
  public record Home(
      Instant now,
      long nanos,
      ZoneId zone,
      String currency,
      long importPrice,
      long exportPrice,
      Optional<AppHome.Place> place) {}

  /** A number that may pass. */
  static BigDecimal checked(BigDecimal number) {
    if (number.precision() > 24 || Math.abs(number.scale()) > 24) {
      throw new IllegalArgumentException("a number has at most 24 digits");
    }
    return number;
  }

  /** A number's form. */
  public static String decimal(BigDecimal number) {
    return checked(number).toString();
  }

  /** An instant's form. */
  public static List<Object> instant(Instant instant) {
    return List.of(instant.getEpochSecond(), (long) instant.getNano());
  }

  /** A text that is not longer. */
  public static String text(String text, int max) {
    if (text.length() > max) {
      throw new IllegalArgumentException("a text has at most " + max + " characters");
    }
    return text;
  }

  /** A text that is cut. */
  public static String cut(String text, int max) {
    return text.length() > max ? text.substring(0, max) : text;
  }

  /** The home's form. */
  public static Object[] home(AppHome home) {
    return new Object[] {
      instant(home.now()),
      home.monotonicNanos(),
      home.zone().getId(),
      home.currency(),
      home.importPriceMicros(),
      home.exportPriceMicros(),
      home.place().map(p -> List.of((long) p.latitude(), (long) p.longitude())).orElse(null)
    };
  }

  /** The home again. */
  public static Home home(Args args) throws WireException {
    try {
      return new Home(
          args.instant(),
          args.number(Long.MIN_VALUE, Long.MAX_VALUE),
          ZoneId.of(args.text(64)),
          args.text(3),
          args.number(Long.MIN_VALUE, Long.MAX_VALUE),
          args.number(Long.MIN_VALUE, Long.MAX_VALUE),
          args.absent() ? Optional.empty() : Optional.of(place(args.args())));
    } catch (DateTimeException e) {
      throw new WireException("a time zone that is not known here");
    }
  }

  private static AppHome.Place place(Args args) throws WireException {
    return new AppHome.Place((int) args.number(-900, 900), (int) args.number(-1800, 1800));
  }

  /** Texts' form. */
  public static List<Object> texts(Iterable<String> texts) {
    List<Object> list = new ArrayList<>();
    texts.forEach(list::add);
    return list;
  }

  /** Texts again. */
  public static List<String> texts(Args args) throws WireException {
    List<String> texts = new ArrayList<>();
    while (args.left() > 0) {
      if (texts.size() >= MAX_NAMES) {
        throw new WireException("more than " + MAX_NAMES + " texts");
      }
      texts.add(args.text(MAX_TEXT));
    }
    return texts;
  }

  /** Texts again, each once. */
  public static Set<String> set(Args args) throws WireException {
    return new LinkedHashSet<>(texts(args));
  }

  /** A request's form. */
  public static Object[] request(AppHttp.Request request) {
    if (request.body().length > AppHttp.MAX_SENT || request.headers().size() > 16) {
      throw new IllegalArgumentException(
          "a request has at most 16 headers and " + AppHttp.MAX_SENT + " bytes");
    }
    request.headers().forEach((name, value) -> text(name + value, MAX_TEXT));
    return new Object[] {
      text(request.method(), 8),
      text(request.uri().toString(), 2048),
      request.headers(),
      request.body()
    };
  }

  /** A request again. */
  public static AppHttp.Request request(Args args) throws WireException {
    String method = args.text(8);
    String uri = args.text(2048);
    Map<String, String> headers = args.texts(16, MAX_TEXT, MAX_TEXT);
    byte[] body = args.bytes(AppHttp.MAX_SENT);
    try {
      return new AppHttp.Request(method, java.net.URI.create(uri), headers, body);
    } catch (IllegalArgumentException e) {
      throw new WireException("an address that is none");
    }
  }

  /** An answer's form. */
  public static Object[] response(AppHttp.Response response) {
    Map<String, Object> headers = new HashMap<>();
    response.headers().forEach((name, values) -> headers.put(name, texts(values)));
    return new Object[] {(long) response.status(), headers, response.body()};
  }

  /** An answer again. */
  public static AppHttp.Response response(Args args) throws WireException {
    int status = (int) args.number(0, 999);
    Map<String, List<String>> headers = new HashMap<>();
    for (Map.Entry<?, ?> entry : args.map().entrySet()) {
      List<String> values = new ArrayList<>();
      for (Object value : (List<?>) entry.getValue()) {
        values.add((String) value);
      }
      headers.put((String) entry.getKey(), values);
    }
    return new AppHttp.Response(status, headers, args.bytes(AppHttp.MAX_RECEIVED));
  }

  /** Actuators' form. */
  public static List<Object> available(List<AppActuators.Available> all) {
    List<Object> list = new ArrayList<>();
    for (AppActuators.Available one : all) {
      list.add(
          List.of(
              one.device().toString(),
              one.name(),
              one.role().name(),
              one.actuator(),
              one.unit(),
              decimal(one.min()),
              decimal(one.max()),
              decimal(one.step())));
    }
    return list;
  }

  /** Actuators again. */
  public static List<AppActuators.Available> available(Args args) throws WireException {
    List<AppActuators.Available> all = new ArrayList<>();
    while (args.left() > 0) {
      Args one = args.args();
      all.add(
          new AppActuators.Available(
              device(one),
              one.text(MAX_TEXT),
              one.constant(DeviceRole.class),
              one.text(MAX_TEXT),
              one.text(64),
              one.decimal(),
              one.decimal(),
              one.decimal()));
    }
    return all;
  }

  /** A device. */
  public static DeviceId device(Args args) throws WireException {
    try {
      return DeviceId.parse(args.text(64));
    } catch (IllegalArgumentException e) {
      throw new WireException("a device that is no UUID");
    }
  }

  /** A result's form. */
  public static Object[] result(AppActuators.Result result) {
    return new Object[] {result.accepted(), result.applied(), cut(result.message(), MAX_TEXT)};
  }

  /** A result again. */
  public static AppActuators.Result result(Args args) throws WireException {
    return new AppActuators.Result(args.flag(), args.flag(), args.text(MAX_TEXT));
  }

  /** A grant's form. */
  public static List<Object> grant(EnergyData.Grant grant) {
    return List.of(
        grant.purpose().name(),
        grant.state().name(),
        TermsCodec.map(grant.terms()),
        cut(grant.reason(), MAX_TEXT));
  }

  /** A grant again. */
  public static EnergyData.Grant grant(Args args) throws WireException {
    try {
      return new EnergyData.Grant(
          args.constant(Purpose.class),
          args.constant(EnergyData.Grant.State.class),
          TermsCodec.of(args.any()),
          args.text(MAX_TEXT));
    } catch (TermsException e) {
      throw new WireException("terms that cannot be: " + e.getMessage());
    }
  }

  /** A release's form; its values are packed, eight bytes each. */
  public static List<Object> release(Release release) {
    List<Object> blocks = new ArrayList<>();
    for (Block block : release.blocks()) {
      blocks.add(
          List.of(
              block.subject(),
              block.quantity(),
              block.statistic().name(),
              (long) block.intervalSeconds(),
              (long) block.exponent(),
              packed(block.starts()),
              packed(block.mantissas()),
              packed(Arrays.stream(block.qualities()).asLongStream().toArray())));
    }
    return List.of(
        release.consent(),
        release.recipient().toString(),
        release.purpose().name(),
        instant(release.instant()),
        blocks);
  }

  /** A release again. */
  public static Release release(Args args) throws WireException {
    try {
      String consent = args.text(MAX_TEXT);
      Recipient recipient = Recipient.parse(args.text(MAX_TEXT));
      Purpose purpose = args.constant(Purpose.class);
      Instant instant = args.instant();
      List<Block> blocks = new ArrayList<>();
      Args each = args.args();
      while (each.left() > 0) {
        Args one = each.args();
        blocks.add(
            new Block(
                one.text(64),
                one.text(72),
                one.constant(Block.Statistic.class),
                (int) one.number(0, Integer.MAX_VALUE),
                (int) one.number(-18, 18),
                unpacked(one),
                unpacked(one),
                Arrays.stream(unpacked(one)).mapToInt(Math::toIntExact).toArray()));
      }
      return new Release(consent, recipient, purpose, instant, blocks);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new WireException("a release that cannot be: " + e.getMessage());
    }
  }

  private static byte[] packed(long[] numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Long.BYTES);
    bytes.asLongBuffer().put(numbers);
    return bytes.array();
  }

  private static long[] unpacked(Args args) throws WireException {
    byte[] bytes = args.bytes(Block.MAX_VALUES * Long.BYTES);
    long[] numbers = new long[bytes.length / Long.BYTES];
    ByteBuffer.wrap(bytes).asLongBuffer().get(numbers);
    return numbers;
  }
}
