package org.commonshub.metering.emoncms;

import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.HttpConnection.Response;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code input/post} and {@code input/bulk}, with the answers of emonCMS: {@code ok}, a JSON object
 * that says what is wrong, or 401. Thread-safe.
 */
final class InputApi implements DeviceServer.HttpService {
  private static final Logger LOG = LoggerFactory.getLogger(InputApi.class);
  private static final int MAX_PARAMETERS = 64;

  /** Who may post what, and where it goes. */
  interface Nodes {
    /** Sessions of a node. */
    List<EmoncmsSession> of(String node);

    /** Whether a key opens the door for every node. */
    boolean opensAll(Key key);

    /** Whether a key opens the door for one node at least. */
    boolean opensAny(Key key);

    /** Somebody with a right key posted for a node that is no device. */
    void unknown(Post post);
  }

  private final HubClock clock;
  private final Nodes nodes;
  private final Strangers strangers;

  InputApi(HubClock clock, Nodes nodes) {
    this.clock = clock;
    this.nodes = nodes;
    this.strangers = new Strangers(clock);
  }

  @Override
  public CompletionStage<Response> handle(DeviceServer.HttpRequest request) {
    return CompletableFuture.completedFuture(answer(request));
  }

  private Response answer(DeviceServer.HttpRequest request) {
    String[] route = route(request.path());
    boolean post = route.length > 0 && route[0].equals("post");
    boolean bulk = route.length > 0 && route[0].equals("bulk");
    if (!post && !bulk) {
      return text(404, "Only input/post and input/bulk are here.");
    }
    if (!request.method().equals("GET") && !request.method().equals("POST")) {
      return text(405, "Only GET and POST are understood here.");
    }
    InetAddress address = request.peer().address().getAddress();
    if (strangers.shut(address)) {
      return new Response(
          429,
          Map.of("retry-after", Long.toString(Strangers.PERIOD.toSeconds())),
          "Too many wrong API keys".getBytes(StandardCharsets.UTF_8));
    }
    Map<String, String> parameters = parameters(request);
    Key key = new Key(key(parameters, request.headers()));
    boolean all = nodes.opensAll(key);
    if (!all & !nodes.opensAny(key)) {
      return refused(address);
    }
    strangers.right(address);
    try {
      Posts posts = new Posts(clock.now());
      List<Post> read =
          post
              ? List.of(posts.post(parameters, route.length > 1 ? route[1] : ""))
              : posts.bulk(parameters, request.body());
      if (!deliver(read, key, all)) {
        return refused(address);
      }
    } catch (Refused e) {
      return text(
          200, "{\"success\": false, \"message\": \"" + e.getMessage().replace('"', '\'') + "\"}");
    }
    return text(200, parameters.containsKey("fulljson") ? "{\"success\": true}" : "ok");
  }

  /** Hands posts to their devices; false if the key was right for none of them. */
  private boolean deliver(List<Post> posts, Key key, boolean all) {
    boolean taken = posts.isEmpty();
    Set<String> announced = new HashSet<>();
    for (Post post : posts) {
      List<EmoncmsSession> sessions = nodes.of(post.node());
      if (sessions.isEmpty()) {
        taken = true;
        if (announced.add(post.node())) {
          nodes.unknown(post);
        }
      }
      for (EmoncmsSession session : sessions) {
        if (all || session.key().filter(own -> own.opens(key)).isPresent()) {
          taken = true;
          session.take(post);
        }
      }
    }
    return taken;
  }

  private Response refused(InetAddress address) {
    if (strangers.wrong(address)) {
      LOG.warn(
          "{} posted with wrong API keys and is not listened to for a minute.",
          address.getHostAddress());
    }
    return new Response(
        401,
        Map.of(
            "content-type",
            "text/plain",
            "www-authenticate",
            "Bearer realm=\"API KEY\", error=\"invalid_apikey\","
                + " error_description=\"Invalid API key\""),
        "Invalid API key".getBytes(StandardCharsets.UTF_8));
  }

  private static Response text(int status, String text) {
    return new Response(
        status, Map.of("content-type", "text/plain"), text.getBytes(StandardCharsets.UTF_8));
  }

  /** What follows {@code input/}: action without its suffix, node. */
  private static String[] route(String path) {
    int at = path.indexOf("/input/");
    if (at < 0) {
      return new String[0];
    }
    String[] route = path.substring(at + "/input/".length()).split("/", 3);
    if (route[0].endsWith(".json")) {
      route[0] = route[0].substring(0, route[0].length() - ".json".length());
    }
    return route;
  }

  /** The query's, and a form's in the body, which go first. */
  private static Map<String, String> parameters(DeviceServer.HttpRequest request) {
    Map<String, String> parameters = new LinkedHashMap<>(request.query());
    String type = request.headers().getOrDefault("content-type", "").toLowerCase(Locale.ROOT);
    boolean form = type.isEmpty() || type.startsWith("application/x-www-form-urlencoded");
    if (request.method().equals("POST") && form && !parameters.containsKey("cb")) {
      String body = new String(request.body(), StandardCharsets.UTF_8);
      int count = 0;
      for (String pair : body.split("&", MAX_PARAMETERS + 1)) {
        int equals = pair.indexOf('=');
        if (equals > 0 && ++count <= MAX_PARAMETERS) {
          decoded(pair.substring(0, equals))
              .ifPresent(
                  name ->
                      decoded(pair.substring(equals + 1))
                          .ifPresent(value -> parameters.put(name, value)));
        }
      }
    }
    return parameters;
  }

  private static Optional<String> decoded(String text) {
    try {
      return Optional.of(URLDecoder.decode(text, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String key(Map<String, String> parameters, Map<String, String> headers) {
    for (String name : List.of("apikey", "devicekey")) {
      String key = parameters.getOrDefault(name, "").strip();
      if (!key.isEmpty()) {
        return key;
      }
    }
    String header = headers.getOrDefault("authorization", "").strip();
    return header.regionMatches(true, 0, "Bearer ", 0, 7) ? header.substring(7).strip() : header;
  }
}
