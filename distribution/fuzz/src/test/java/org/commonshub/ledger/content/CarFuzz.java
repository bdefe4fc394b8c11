package org.commonshub.ledger.content;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/** Archives block by block. */
public final class CarFuzz {
  private CarFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try {
      Car.Reader car = new Car.Reader(new ByteArrayInputStream(data));
      int blocks = 0;
      for (Car.Block block = car.next(); block != null; block = car.next()) {
        if (block.cid().toString().length() < 50 || ++blocks > data.length) {
          throw new AssertionError("a block out of nothing");
        }
      }
    } catch (MalformedContentException e) {
      // what it may say
    }
  }
}
