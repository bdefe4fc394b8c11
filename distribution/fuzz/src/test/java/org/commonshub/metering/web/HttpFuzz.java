package org.commonshub.metering.web;

import java.nio.ByteBuffer;
import org.commonshub.metering.api.HttpConnection.Credentials;

/** Bytes that claim to be HTTP requests or answers, with targets, bodies and challenges. */
public final class HttpFuzz {
  private static final Credentials CREDENTIALS = new Credentials("user", "password");

  private HttpFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    for (int step : new int[] {1, Math.max(1, data.length)}) {
      Budget budget = new Budget(1 << 20);
      messages(data, step, Head.Limits.REQUEST, budget);
      messages(data, step, Head.Limits.ANSWER, budget);
      if (budget.left() != 1 << 20) {
        throw new AssertionError("memory lost: " + budget.left());
      }
    }
  }

  private static void messages(byte[] data, int step, Head.Limits limits, Budget budget) {
    Head.Reader reader = new Head.Reader(limits, budget);
    Body body = null;
    try {
      for (int i = 0; i < data.length; i += step) {
        ByteBuffer part = ByteBuffer.wrap(data, i, Math.min(step, data.length - i));
        while (part.hasRemaining()) {
          if (body == null) {
            Head head = reader.take(part);
            if (head != null) {
              body = begin(head, limits, budget);
            }
          } else {
            body.take(part);
          }
          if (body != null && body.complete()) {
            body.bytes();
            body = null;
          }
        }
      }
    } catch (HttpException e) {
      // The declared refusal.
    } finally {
      reader.clear();
      if (body != null) {
        body.clear();
      }
    }
  }

  private static Body begin(Head head, Head.Limits limits, Budget budget) throws HttpException {
    head.firsts();
    head.joined();
    String[] line = head.line().split(" ", -1);
    if (line.length > 1) {
      Target target = Target.parse(line[1]);
      if (!target.path().startsWith("/") || target.path().contains("/../")) {
        throw new AssertionError("path " + target.path());
      }
    }
    Challenge best = Challenge.best(Challenge.parse(head.all("www-authenticate")));
    if (best != null && !Head.value(best.answer(CREDENTIALS, "GET", "/", 1))) {
      throw new AssertionError("an answer that is no header");
    }
    return limits == Head.Limits.REQUEST
        ? Body.ofRequest(head, false, 4_096, budget)
        : Body.ofAnswer(head, 4_096, budget);
  }
}
