package org.commonshub.measure.api;

import java.util.List;

/** Frames in CBOR: what is accepted survives a round trip. */
public final class CborFuzz {
  private CborFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    List<MeterRecord> records;
    try {
      records = CborCodec.decode(data);
    } catch (MalformedDataException e) {
      return;
    }
    try {
      if (!CborCodec.decode(CborCodec.encode(records)).equals(records)) {
        throw new AssertionError("does not survive a round trip: " + records);
      }
    } catch (MalformedDataException e) {
      throw new AssertionError("what was encoded cannot be read", e);
    }
  }
}
