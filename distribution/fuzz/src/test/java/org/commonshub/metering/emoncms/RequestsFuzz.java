package org.commonshub.metering.emoncms;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeHubClock;

/** Requests to the emonCMS input API: the input is a form, a list, and what was compressed. */
public final class RequestsFuzz {
  private static final String KEY = "0123456789abcdef";
  private static final InputApi API =
      new InputApi(
          new FakeHubClock(),
          new InputApi.Nodes() {
            @Override
            public List<EmoncmsSession> of(String node) {
              return List.of();
            }

            @Override
            public boolean opensAll(Key key) {
              return key.opens(new Key(KEY));
            }

            @Override
            public boolean opensAny(Key key) {
              return false;
            }

            @Override
            public void unknown(Post post) {}
          });

  private RequestsFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    ask("/input/post", Map.of("apikey", KEY), data);
    ask("/input/bulk.json", Map.of("apikey", KEY, "cb", "1"), data);
    ask("/input/bulk", Map.of("apikey", KEY, "data", text), data);
    for (String name : List.of("fulljson", "json", "csv")) {
      ask("/input/post", Map.of("apikey", KEY, name, text), new byte[0]);
    }
    ask("/input/" + text, Map.of(), data);
  }

  private static void ask(String path, Map<String, String> query, byte[] body) {
    var answer =
        API.handle(
            new DeviceServer.HttpRequest(
                "POST", path, query, Map.of(), body, FakeDeviceServer.PEER));
    if (answer.toCompletableFuture().join().status() >= 500) {
      throw new IllegalStateException("an error of the hub's own");
    }
  }
}
