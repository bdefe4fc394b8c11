package org.commonshub.ledger.ethereum;

import java.util.List;

/** Answers of nodes: the envelope, and blocks, receipts and events in it. */
public final class RpcAnswerFuzz {
  private RpcAnswerFuzz() {}

  private interface Reader {
    void read(Fields fields) throws MalformedException;
  }

  private static final List<Reader> READERS =
      List.of(
          Header::parse,
          Receipt::parse,
          Receipt::log,
          fields -> fields.number("number"),
          fields -> fields.quantity("gas"));

  public static void fuzzerTestOneInput(byte[] data) {
    Object result;
    try {
      result = Endpoint.result(data, 1);
    } catch (RpcException e) {
      var unused = e.data().flatMap(Refusals::text);
      return;
    } catch (MalformedException e) {
      try {
        result = Json.parse(data);
      } catch (MalformedException none) {
        return;
      }
    }
    for (Reader reader : READERS) {
      try {
        reader.read(Fields.of(result));
      } catch (MalformedException e) {
        // Declared.
      }
    }
  }
}
