package org.commonshub.testing.tck;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;

/**
 * A device of {@link DriverTck} that is asked by HTTP/1.1 on a loopback port, and goes wrong in
 * every way of {@link Fault}: {@code WRONG_UNIT} is a 404, {@code WRONG_FUNCTION} a web page where
 * data was due. It keeps connections open.
 */
public final class HttpDevice extends FaultyServer {
  private static final int MOST_HEAD = 16 * 1024;
  private static final byte[] PAGE =
      "<!doctype html><title>Log in</title><p>Please log in. {\"power\":4711}"
          .getBytes(StandardCharsets.UTF_8);

  private final IntFunction<Function<HttpConnection.Request, HttpConnection.Response>> steps;
  private final Random random = new Random(7);
  private volatile Function<HttpConnection.Request, HttpConnection.Response> answers;

  /**
   * Starts it, serving step 0.
   *
   * @param steps answers of a step; −1 for a device that lacks something
   */
  public HttpDevice(IntFunction<Function<HttpConnection.Request, HttpConnection.Response>> steps)
      throws IOException {
    this.steps = steps;
    this.answers = steps.apply(0);
    listen();
  }

  @Override
  public Endpoint endpoint() {
    return Endpoint.parse("http://127.0.0.1:" + port());
  }

  @Override
  public void serve(int step) {
    answers = steps.apply(step);
  }

  @Override
  public void serveSparse() {
    answers = steps.apply(-1);
  }

  @Override
  void serve(Socket connection) throws IOException, InterruptedException {
    boolean turn = false;
    while (true) {
      HttpConnection.Request request = request(connection.getInputStream());
      if (request == null) {
        return;
      }
      turn = !turn;
      answer(connection, answers.apply(request), turn);
    }
  }

  private static HttpConnection.Request request(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    String text = "";
    while (!text.endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0 || head.size() > MOST_HEAD) {
        return null;
      }
      head.write(next);
      text = next == '\n' ? head.toString(StandardCharsets.ISO_8859_1) : "";
    }
    String[] lines = text.split("\r\n", -1);
    String[] first = lines[0].split(" ", -1);
    if (first.length != 3) {
      return null;
    }
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    return new HttpConnection.Request(first[0], first[1], headers, body);
  }

  private void answer(Socket connection, HttpConnection.Response response, boolean turn)
      throws IOException, InterruptedException {
    OutputStream out = connection.getOutputStream();
    byte[] good = bytes(response.status(), response.headers(), response.body());
    switch (fault()) {
      case NONE -> out.write(good);
      case LATE -> {
        Thread.sleep(AskedDevice.LATE.toMillis());
        out.write(good);
      }
      case SHORT -> {
        byte[] body = Arrays.copyOf(response.body(), response.body().length / 2);
        if (turn) {
          out.write(bytes(response.status(), response.headers(), body));
        } else {
          out.write(good, 0, good.length - 1);
          connection.shutdownOutput();
        }
      }
      case DUPLICATE -> {
        out.write(good);
        if (turn) {
          Thread.sleep(1);
        }
        out.write(good);
      }
      case WRONG_UNIT -> out.write(bytes(404, Map.of("content-type", "text/html"), PAGE));
      case WRONG_FUNCTION -> out.write(bytes(200, Map.of("content-type", "text/html"), PAGE));
      case GARBAGE, CORRUPTED -> {
        byte[] garbage = new byte[200];
        random.nextBytes(garbage);
        out.write(turn ? garbage : bytes(200, response.headers(), garbage));
      }
      case HALF_OPEN, REFUSE -> {}
      case SLOW_DRIP -> {
        for (byte one : good) {
          out.write(one);
          Thread.sleep(10);
        }
      }
      case RESET -> {
        out.write(good, 0, good.length / 2);
        reset(connection);
      }
    }
  }

  private static byte[] bytes(int status, Map<String, String> headers, byte[] body) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Status\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("content-length: ").append(body.length).append("\r\n\r\n");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    all.writeBytes(body);
    return all.toByteArray();
  }
}
