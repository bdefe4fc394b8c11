package org.commonshub.metering.dlms;

import java.util.List;

/** What a customer interface sends: frames, messages, lists. */
public final class DlmsFuzz {
  private static final Security OPEN = new Security(null, null);
  private static final Security KEYS = new Security(new byte[16], null);
  private static final Security BOTH = new Security(new byte[16], new byte[16]);

  private DlmsFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    for (Security security : List.of(OPEN, KEYS, BOTH)) {
      Messages messages = new Messages(security);
      for (Frames.Wrapping wrapping : Frames.Wrapping.values()) {
        new Frames(wrapping, message -> take(messages, message)).feed(data);
      }
      if (data.length > 0) {
        take(messages, data);
      }
    }
  }

  private static void take(Messages messages, byte[] message) {
    try {
      messages
          .take(message)
          .ifPresent(
              notification -> {
                String maker = Makers.of(notification.systemTitle(), notification.body());
                List<Entry> entries = Lists.of(notification.body(), maker);
                new Values(-1).of(entries, maker);
                new Values(3).of(entries, maker);
                Makers.identity(maker, entries);
              });
    } catch (MalformedApdu e) {
      // The declared refusal.
    }
  }
}
