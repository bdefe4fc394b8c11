package org.commonshub.metering.mbus;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;

/** Answers on a wired M-Bus: link frames, and what is in them. */
public final class MbusFuzz {
  private static final Endpoint ENDPOINT = Endpoint.parse("tcp://192.0.2.1:10001");
  private static final byte[] REQUEST = LinkFrame.request(1, true);
  private static final Aes AES = Aes.of(new byte[16]);

  private MbusFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      int length = LinkFrame.answerTo(REQUEST, ENDPOINT).complete(ByteBuffer.wrap(data));
      if (length < 0 || length > data.length) {
        throw new AssertionError("length " + length + " of " + data.length);
      }
    } catch (DeviceException e) {
      // The declared refusal.
    }
    try {
      LinkFrame.parse(data);
    } catch (MalformedFrame e) {
      // The declared refusal.
    }
    try {
      Application.decode(data, false, null, AES, OptionalLong.of(1), new Formats())
          .ifPresent(
              telegram -> {
                for (DeviceType.Kind kind : DeviceType.Kind.values()) {
                  Values.of(
                      List.of(telegram),
                      telegram.header().map(Header::meter).orElse(null),
                      kind,
                      true);
                }
              });
    } catch (MalformedFrame e) {
      // The declared refusal.
    }
  }
}
