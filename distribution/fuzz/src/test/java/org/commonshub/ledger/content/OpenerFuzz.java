package org.commonshub.ledger.content;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/** Roots of sealed content: the input is one, its identifier made to match. */
public final class OpenerFuzz {
  private static final byte[] KEY = new byte[32];

  private OpenerFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    open(data);
    ByteArrayOutputStream car = new ByteArrayOutputStream();
    Cid cid = Cid.of(Cid.DAG_CBOR, data);
    Car.writeHeader(car, cid);
    Car.writeBlock(car, cid, data, data.length);
    open(car.toByteArray());
    try {
      Car.link(Cbor.decode(data));
    } catch (MalformedCborException | MalformedContentException e) {
      // what they may say
    }
  }

  private static void open(byte[] car) throws IOException {
    try {
      Opener.open(new ByteArrayInputStream(car), KEY, OutputStream.nullOutputStream());
    } catch (MalformedContentException e) {
      return;
    }
    throw new AssertionError("opened what nobody sealed");
  }
}
