package org.commonshub.measure.api;

import java.util.List;

/** Frames in JSON: what is accepted survives a round trip. */
public final class JsonFuzz {
  private JsonFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    List<MeterRecord> records;
    try {
      records = JsonCodec.decode(data);
    } catch (MalformedDataException e) {
      return;
    }
    try {
      if (!JsonCodec.decode(JsonCodec.encode(records)).equals(records)) {
        throw new AssertionError("does not survive a round trip: " + records);
      }
    } catch (MalformedDataException e) {
      throw new AssertionError("what was encoded cannot be read", e);
    }
  }
}
