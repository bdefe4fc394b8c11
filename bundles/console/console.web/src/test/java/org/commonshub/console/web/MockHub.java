package org.commonshub.console.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A hub as seen through its REST interface, with a home that has everything: what the pages are
 * tested and drawn against. Serves the pages by {@link Assets}, as the bundle does.
 */
final class MockHub implements AutoCloseable {
  static final String CODE = "ABCD-1234";
  static final String FINGERPRINT =
      "4F:9A:01:CC:73:5E:88:12:AD:60:3B:F2:19:E7:44:90:5C:D1:2E:B8:07:6A:93:FE:30:41:8D:C5:72:1B:EE:0A";
  private static final String OFF = "{\"running\":false}";
  private static final ZoneId ZONE = ZoneId.of("Europe/Rome");

  /** One request as it came. */
  record Call(String method, String path, Map<String, String> headers, String body) {}

  private final Assets assets = new Assets();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final List<OutputStream> listeners = new CopyOnWriteArrayList<>();
  private volatile HttpServer server;
  private ExecutorService threads;
  private int port;

  volatile boolean claimed = true;
  volatile boolean https = true;
  volatile String user = "";
  volatile String role = "prosumer";
  volatile double grid = -1240;
  volatile boolean batteryStale;
  volatile boolean conflict;
  volatile boolean moving;
  volatile boolean empty;
  volatile boolean noEvents;
  volatile boolean announced;
  volatile boolean controlOff;
  volatile boolean silent;
  volatile boolean trustOff;
  volatile boolean alarmed;
  volatile boolean delegated;

  /** Who gets what. */
  final MockPrivacy privacy = new MockPrivacy();

  /** Apps of others. */
  final MockApps apps = new MockApps();

  /** Who holds the wallbox's limit: {@code me}, {@code strategy}, or nobody. */
  volatile String holder = "";

  private volatile String limit = "10";

  MockHub() throws IOException {
    start();
  }

  int port() {
    return port;
  }

  String url() {
    return "http://127.0.0.1:" + port + "/";
  }

  /** Requests that change something, in order. */
  List<Call> changes() {
    return calls.stream().filter(call -> !call.method.equals("GET")).toList();
  }

  /** Resources asked for so far. */
  List<String> paths() {
    return calls.stream().map(Call::path).toList();
  }

  void start() throws IOException {
    threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "mock-hub");
              thread.setDaemon(true);
              return thread;
            });
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    port = server.getAddress().getPort();
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    threads.execute(this::beat);
  }

  /** The hub goes away: no listening port, all connections cut. */
  void stop() {
    HttpServer old = server;
    server = null;
    listeners.clear();
    old.stop(0);
    threads.shutdownNow();
  }

  @Override
  public void close() {
    if (server != null) {
      stop();
    }
  }

  private void beat() {
    HttpServer mine = server;
    try {
      while (server == mine) {
        TimeUnit.MILLISECONDS.sleep(500);
        if (moving) {
          grid += Math.random() * 60 - 30;
        }
        send("now", now());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends an event to all who listen. */
  void send(String event, String json) {
    byte[] bytes =
        ("event: " + event + "\ndata: " + json.replace("\n", "") + "\n\n")
            .getBytes(StandardCharsets.UTF_8);
    for (OutputStream out : listeners) {
      try {
        synchronized (out) {
          out.write(bytes);
          out.flush();
        }
      } catch (IOException e) {
        listeners.remove(out);
      }
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    exchange.getResponseHeaders().set("Content-Security-Policy", ConsoleServlet.POLICY);
    if (!path.startsWith("/api/v1/")) {
      Assets.Answer answer =
          assets.answer(
              path,
              exchange.getRequestHeaders().getFirst("Accept-Encoding"),
              exchange.getRequestHeaders().getFirst("If-None-Match"));
      answer.headers().forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(
          answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
      exchange.getResponseBody().write(answer.body());
      exchange.close();
      return;
    }
    String body;
    try (InputStream in = exchange.getRequestBody()) {
      body = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Map<String, String> headers = new HashMap<>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
    String method = exchange.getRequestMethod();
    String resource = path.substring("/api/v1".length());
    calls.add(new Call(method, resource, headers, body));
    if (!method.equals("GET") && !"token".equals(headers.get("x-csrf-token"))) {
      problem(exchange, 403, "", "The X-CSRF-Token header is missing or wrong.");
      return;
    }
    try {
      route(exchange, method, resource, query(exchange), headers, body);
    } catch (RuntimeException e) {
      problem(exchange, 500, "", String.valueOf(e));
    }
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new HashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    if (raw != null) {
      for (String pair : raw.split("&", -1)) {
        String[] parts = pair.split("=", 2);
        query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
      }
    }
    return query;
  }

  private void route(
      HttpExchange exchange,
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      String body)
      throws IOException {
    boolean open =
        path.equals("/session")
            || path.equals("/claim")
            || path.equals("/login")
            || path.equals("/enter");
    if (!open && user.isEmpty()) {
      problem(exchange, 401, "", "Log in first.");
      return;
    }
    boolean raw =
        path.equals("/now")
            || path.equals("/events")
            || path.startsWith("/energy")
            || path.startsWith("/history")
            || path.startsWith("/control")
            || path.startsWith("/delegations")
            || path.startsWith("/receipts")
            || path.startsWith("/privacy")
            || path.startsWith("/apps")
            || path.startsWith("/catalogues")
            || path.equals("/users")
            || path.equals("/tokens")
            || path.equals("/audit");
    if (raw && role.equals("operator")) {
      problem(exchange, 403, "", "Operators do not see the home's readings.");
      return;
    }
    switch (method + " " + path) {
      case "GET /session" -> json(exchange, 200, session());
      case "POST /claim" -> claim(exchange, body);
      case "POST /login" -> logIn(exchange, body);
      case "POST /logout" -> {
        user = "";
        nothing(exchange);
      }
      case "GET /now" -> json(exchange, 200, now());
      case "GET /events" -> events(exchange);
      case "GET /energy" -> json(exchange, 200, energy(query));
      case "GET /health" -> json(exchange, 200, resource("health"));
      case "GET /system" -> json(exchange, 200, resource("system"));
      case "GET /drivers" -> json(exchange, 200, resource("drivers"));
      case "GET /drivers/models" -> json(exchange, 200, resource("models"));
      case "GET /serial-ports" -> json(exchange, 200, resource("ports"));
      case "GET /inbox" -> json(exchange, 200, announced ? resource("inbox") : "[]");
      case "GET /control" -> json(exchange, 200, control());
      case "GET /devices" -> json(exchange, 200, empty ? "[]" : resource("devices"));
      case "POST /devices" -> {
        if (body.contains("\"name\":\"refuse\"")) {
          problem(exchange, 422, "name", "There is a device of this name already.");
        } else {
          json(exchange, 201, "{\"id\":\"new-one\"}");
        }
      }
      case "POST /devices/test" -> {
        if (silent) {
          problem(
              exchange,
              422,
              "",
              "The device at broker:hub was not read within 25 s. A device that sends more rarely"
                  + " can be added without a test.");
        } else if (body.contains("192.0.2.99")) {
          problem(
              exchange,
              422,
              "",
              "Nothing answered at 192.0.2.99:502. Check the address, and that Modbus TCP is"
                  + " switched on in the device.");
        } else {
          json(
              exchange,
              200,
              "{\"values\":[{\"quantity\":\"power.active\",\"unit\":\"W\",\"value\":-3120},"
                  + "{\"quantity\":\"voltage.l1\",\"unit\":\"V\",\"value\":231.4},"
                  + "{\"quantity\":\"energy.export\",\"unit\":\"Wh\",\"value\":18254300}]}");
        }
      }
      case "POST /devices/discover" -> json(exchange, 200, resource("found"));
      case "GET /identity" -> json(exchange, 200, trustOff ? OFF : resource("identity"));
      case "POST /identity/rotate" -> json(exchange, 200, resource("identity"));
      case "GET /trust" -> json(exchange, 200, trust());
      case "GET /neighbours" ->
          json(
              exchange,
              200,
              trustOff
                  ? "{\"running\":false,\"neighbours\":[]}"
                  : resource("neighbours")
                      .replace("2026-06-21T08:59:00Z", Instant.now().minusSeconds(540).toString()));
      case "POST /neighbours" -> {
        if (body.contains("did:web:nobody")) {
          problem(exchange, 422, "", "This is no card of a hub.");
        } else {
          json(exchange, 201, "{}");
        }
      }
      case "GET /delegations" ->
          json(
              exchange,
              200,
              trustOff ? "{\"running\":false,\"accepted\":[]}" : resource("delegations"));
      case "POST /delegations", "POST /delegations/read" -> {
        if (body.contains("nonsense")) {
          problem(exchange, 422, "delegation", "This is no delegation for this hub.");
        } else {
          json(
              exchange,
              path.endsWith("read") ? 200 : 201,
              "{\"id\":\"0f\",\"home\":\"did:webvh:QmRRfijnUJ4HJri2S8hLJ2uw4MB3gP2n9WKN4va7BdbsMR:hub.local\","
                  + "\"account\":\"dora\",\"right\":\"OWN\",\"until\":\"2027-06-21T00:00:00Z\"}");
        }
      }
      case "POST /delegations/issue" -> json(exchange, 200, "{\"delegation\":\"0oRDoQEn\"}");
      case "POST /delegations/assertion" -> json(exchange, 200, "{\"assertion\":\"0oRDoQEo\"}");
      case "POST /enter" -> {
        if (body.contains("old")) {
          problem(exchange, 401, "", "This is older than a minute. Open this home again.");
        } else {
          user = "bruno/QmRRfijn";
          delegated = true;
          json(exchange, 200, session());
        }
      }
      case "GET /receipts" -> {
        if (query.get("at").startsWith("2026-01")) {
          problem(exchange, 404, "", "The journal has no register of that kind: it began later.");
        } else {
          json(
              exchange,
              200,
              resource(query.get("at").startsWith("2026-06-20") ? "receipt-begin" : "receipt-end"));
        }
      }
      case "GET /settings" -> json(exchange, 200, resource("settings"));
      case "GET /features" -> json(exchange, 200, resource("features"));
      case "GET /users" -> json(exchange, 200, resource("users"));
      case "POST /users" -> json(exchange, 201, "{}");
      case "GET /tokens" -> json(exchange, 200, resource("tokens"));
      case "POST /tokens" ->
          json(
              exchange,
              201,
              "{\"id\":\"t9\",\"label\":\"x\",\"owner\":\"Anna\",\"scopes\":[\"READ_HEALTH\"],"
                  + "\"created\":\"2026-06-01T10:00:00Z\",\"expires\":\"2027-06-01T10:00:00Z\","
                  + "\"secret\":\"hub_5dZk81mQpL\"}");
      case "GET /audit" -> json(exchange, 200, resource("audit"));
      case "POST /backup" -> {
        exchange
            .getResponseHeaders()
            .set("Content-Disposition", "attachment; filename=\"hub.zip\"");
        answer(exchange, 200, "application/zip", "PK");
      }
      case "POST /restore" -> json(exchange, 200, "{\"message\":\"Restored. The hub restarts.\"}");
      default -> more(exchange, method, path, headers, body);
    }
  }

  private void more(
      HttpExchange exchange, String method, String path, Map<String, String> headers, String body)
      throws IOException {
    if (path.startsWith("/settings/")) {
      String component = component(path.substring("/settings/".length()));
      if (component == null) {
        problem(exchange, 404, "", "There is no such component.");
      } else if (method.equals("GET")) {
        exchange.getResponseHeaders().set("ETag", conflict ? "\"r2--gzip\"" : "\"r1--gzip\"");
        json(exchange, 200, component);
      } else if (!headers.getOrDefault("if-match", "").matches("\"r\\d\"")) {
        problem(exchange, 428, "", "Send the revision as If-Match.");
      } else if (conflict && headers.get("if-match").equals("\"r1\"")) {
        problem(exchange, 412, "", "The settings were changed meanwhile.");
      } else if (body.contains("\"retention\":0")) {
        problem(exchange, 422, "retention", "retention must be at least 1 day, not 0.");
      } else {
        exchange.getResponseHeaders().set("ETag", "\"r3\"");
        json(exchange, 200, component);
      }
    } else if (path.startsWith("/devices/") && method.equals("GET")) {
      String device = element("devices", path.substring("/devices/".length()));
      if (device == null) {
        problem(exchange, 404, "", "There is no such device.");
      } else {
        exchange.getResponseHeaders().set("ETag", "\"1\"");
        json(exchange, 200, device);
      }
    } else if (path.startsWith("/devices/") && method.equals("PUT")) {
      json(exchange, 200, element("devices", path.substring("/devices/".length())));
    } else if (path.startsWith("/control/")) {
      tell(exchange, method, body);
    } else if (path.startsWith("/journal/") && method.equals("GET")) {
      try (InputStream in = MockHub.class.getResourceAsStream("/mock/sample.receipt")) {
        byte[] receipt = in.readAllBytes();
        exchange.sendResponseHeaders(200, receipt.length);
        exchange.getResponseBody().write(receipt);
        exchange.close();
      }
    } else if (path.startsWith("/privacy")) {
      privacy(exchange, method, path, body);
    } else if (path.startsWith("/apps") || path.startsWith("/catalogues")) {
      apps(exchange, apps.answer(method, path, query(exchange), body));
    } else if (path.startsWith("/ledgers/")) {
      nothing(exchange);
    } else if (path.startsWith("/features/")) {
      json(exchange, 200, "{}");
    } else if (path.startsWith("/history")) {
      json(exchange, 200, history());
    } else if (method.equals("DELETE") || path.endsWith("/password")) {
      nothing(exchange);
    } else {
      problem(exchange, 404, "", "Nothing here.");
    }
  }

  private void apps(HttpExchange exchange, MockApps.Reply reply) throws IOException {
    if (reply == null) {
      problem(exchange, 404, "", "Nothing here.");
    } else if (reply.status() == 204) {
      nothing(exchange);
    } else {
      answer(
          exchange,
          reply.status(),
          reply.status() < 400 ? "application/json" : "application/problem+json",
          reply.json());
    }
  }

  private void privacy(HttpExchange exchange, String method, String path, String body)
      throws IOException {
    if (path.equals("/privacy/state")) {
      json(exchange, 200, privacy.state());
    } else if (privacy.off) {
      problem(
          exchange,
          503,
          "",
          "The privacy gate, without which nothing leaves this hub, is not running at the moment"
              + " (bundle privacy.provider).");
    } else if (path.startsWith("/privacy/consents/") && method.equals("DELETE")) {
      privacy.withdraw(path.substring("/privacy/consents/".length()));
      nothing(exchange);
    } else {
      switch (method + " " + path) {
        case "GET /privacy" -> json(exchange, 200, privacy.overview());
        case "POST /privacy/preview" -> json(exchange, 200, privacy.preview(body));
        case "POST /privacy/consents" -> json(exchange, 201, privacy.grant(body));
        case "GET /privacy/log" -> json(exchange, 200, MockPrivacy.log(query(exchange)));
        case "POST /privacy/erase" ->
            json(exchange, 200, "{\"message\":\"Erased: 812 readings and 2 consents.\"}");
        case "POST /privacy/requests" -> {
          if (body.contains("eyJ")) {
            privacy.ask();
            json(
                exchange,
                201,
                privacy.overview().replaceAll("(?s).*\"requests\":\\[(.*)\\],\"consents.*", "$1"));
          } else {
            problem(exchange, 422, "document", "It is not signed by whom it names.");
          }
        }
        case "PUT /privacy/paused" -> {
          privacy.paused = body.contains("true");
          nothing(exchange);
        }
        case "POST /privacy/refuse" -> {
          privacy.refuse(body);
          nothing(exchange);
        }
        case "POST /privacy/paid" -> nothing(exchange);
        case "POST /privacy/forget" -> {
          privacy.forget(body);
          nothing(exchange);
        }
        default -> problem(exchange, 404, "", "Nothing here.");
      }
    }
  }

  private void tell(HttpExchange exchange, String method, String body) throws IOException {
    if (method.equals("DELETE")) {
      holder = "";
      json(exchange, 200, "{\"state\":\"APPLIED\",\"message\":\"Handed back.\"}");
    } else if (body.contains("\"value\":31")) {
      problem(exchange, 422, "", "The wallbox refuses 31 A: its cable is rated for 20 A.");
    } else if (holder.equals("strategy")) {
      json(
          exchange,
          200,
          "{\"state\":\"WAITING\",\"message\":\"Accepted, but fuse-guard has priority (SAFETY:"
              + " main fuse). It applies when that ends.\"}");
    } else {
      holder = "me";
      limit = body.replaceAll(".*\"value\":([0-9.]+).*", "$1");
      json(exchange, 200, "{\"state\":\"APPLIED\",\"message\":\"The device has confirmed it.\"}");
    }
  }

  private String control() {
    if (controlOff) {
      return "{\"running\":false,\"actuators\":[]}";
    }
    String holding =
        switch (holder) {
          case "me" ->
              "{\"holder\":\"user:Anna\",\"mine\":true,\"priority\":\"PERSON\",\"reason\":\"set by"
                  + " hand\",\"value\":"
                  + limit
                  + ",\"remaining_s\":3580}";
          case "strategy" ->
              "{\"holder\":\"fuse-guard\",\"mine\":false,\"priority\":\"SAFETY\",\"reason\":\"main"
                  + " fuse\",\"value\":6,\"remaining_s\":40}";
          default -> "null";
        };
    return resource("control")
        .replace("\"HOLDING\"", holding)
        .replace("\"VALUE\"", holder.equals("me") ? limit : "null");
  }

  private void claim(HttpExchange exchange, String body) throws IOException {
    if (claimed) {
      problem(exchange, 410, "", "This hub is claimed already.");
    } else if (!body.contains('"' + CODE + '"')) {
      problem(exchange, 403, "", "The claim code is wrong or expired.");
    } else {
      claimed = true;
      user = "Anna";
      json(exchange, 200, session());
    }
  }

  private void logIn(HttpExchange exchange, String body) throws IOException {
    if (body.contains("too often")) {
      exchange.getResponseHeaders().set("Retry-After", "42");
      problem(exchange, 429, "", "Too many attempts.");
    } else if (!body.contains("correct horse")) {
      problem(exchange, 401, "", "Name or password is wrong.");
    } else {
      user = "Anna";
      json(exchange, 200, session());
    }
  }

  private String trust() {
    if (trustOff) {
      return "{\"alarms\":[],\"contradictions\":{\"running\":false,\"recent\":[]},\"journal\":{\"running\":false},"
          + "\"anchors\":{\"running\":false,\"problem\":null,\"recent\":[]},\"ledgers\":[]}";
    }
    String trust = resource("trust");
    return alarmed
        ? trust
            .replace(
                "\"alarms\": []",
                "\"alarms\":[{\"since\":\"2026-06-21T08:00:00Z\",\"word\":\"two-hubs\",\"text\":\"Another hub"
                    + " signs with this key. Find out which, and change the key under Settings,"
                    + " This hub.\"}]")
            .replaceFirst(
                "(?s)(\"waiting\": 1,\\s*\"problem\": )null",
                "$1\"The account is empty: send it some coins, then it goes on by itself.\"")
        : trust;
  }

  private String session() {
    return "{\"claimed\":%s,\"user\":%s,\"csrf\":\"token\",\"home\":{\"name\":\"Casa Lavanda\",\"zone\":\"Europe/Rome\",\"currency\":\"EUR\",\"language\":\"it\"},\"version\":\"0.1.0\",\"fingerprint\":%s,\"https\":%s}"
        .formatted(
            claimed,
            user.isEmpty()
                ? "null"
                : "{\"name\":\"%s\",\"role\":\"%s\",\"delegated\":%s,\"readOnly\":%s}"
                    .formatted(user, role, delegated, delegated),
            https ? '"' + FINGERPRINT + '"' : "null",
            https);
  }

  String now() {
    if (empty) {
      return "{\"time\":\"" + Instant.now() + "\",\"power\":null,\"devices\":[]}";
    }
    double g = Math.round(grid);
    double production = 4210;
    double charge = 860;
    double car = 1380;
    double consumption = production + g - charge;
    String time = Instant.now().toString();
    List<String> devices = new ArrayList<>();
    devices.add(device("grid", "Grid meter", "GRID_METER", g, "", 400, "ONLINE"));
    devices.add(device("pv", "Roof south", "PV", -production, "", 700, "ONLINE"));
    devices.add(
        device(
            "battery",
            "Battery in the cellar",
            "BATTERY",
            charge,
            ",{\"quantity\":\"battery.soc\",\"unit\":\"%\",\"value\":64,\"at\":\""
                + time
                + "\",\"quality\":[]}",
            batteryStale ? 95_000 : 900,
            batteryStale ? "FAILING" : "ONLINE"));
    devices.add(device("car", "Wallbox", "EV_CHARGER", car, "", 1_100, "ONLINE"));
    devices.add(device("heat", "Heat pump", "HEAT_PUMP", 430, "", 2_100, "ONLINE"));
    return "{\"time\":\"%s\",\"power\":{\"production\":%s,\"consumption\":%s,\"gridImport\":%s,\"gridExport\":%s,\"charge\":%s,\"discharge\":0,\"residual\":120,\"complete\":%s},\"devices\":[%s]}"
        .formatted(
            time,
            production,
            consumption,
            Math.max(0, g),
            Math.max(0, -g),
            charge,
            !batteryStale,
            String.join(",", devices));
  }

  private static String device(
      String id, String name, String role, double watts, String more, int age, String state) {
    return "{\"id\":\"%s\",\"name\":\"%s\",\"role\":\"%s\",\"parent\":null,\"state\":\"%s\",\"age_ms\":%d,\"lastError\":null,\"values\":[{\"quantity\":\"power.active\",\"unit\":\"W\",\"value\":%s,\"at\":\"%s\",\"quality\":[]}%s]}"
        .formatted(id, name, role, state, age, watts, Instant.now(), more);
  }

  private void events(HttpExchange exchange) throws IOException {
    if (noEvents) {
      problem(exchange, 503, "", "Not now.");
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    out.write((": hello\n\nevent: now\ndata: " + now() + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
    listeners.add(out);
  }

  /** A plausible household: sun by day, habits, a battery; the same every time. */
  static String energy(Map<String, String> query) {
    String period = query.getOrDefault("period", "day");
    LocalDate date = LocalDate.parse(query.get("date"));
    List<String> points = new ArrayList<>();
    double[] sums = new double[7];
    int count =
        switch (period) {
          case "day" -> 96;
          case "week" -> 7;
          case "month" -> date.lengthOfMonth();
          default -> 12;
        };
    LocalDate first =
        switch (period) {
          case "week" -> date.minusDays(date.getDayOfWeek().getValue() - 1L);
          case "month" -> date.withDayOfMonth(1);
          case "year" -> date.withDayOfYear(1);
          default -> date;
        };
    for (int i = 0; i < count; i++) {
      Instant start =
          switch (period) {
            case "day" -> first.atStartOfDay(ZONE).plusMinutes(15L * i).toInstant();
            case "year" -> first.plusMonths(i).atStartOfDay(ZONE).toInstant();
            default -> first.plusDays(i).atStartOfDay(ZONE).toInstant();
          };
      double scale = period.equals("day") ? 1 : period.equals("year") ? 30 * 96 * .27 : 96 * .27;
      double hour = i / 4.0;
      double sun =
          period.equals("day")
              ? Math.max(0, 1150 * Math.sin(Math.PI * (hour - 6.5) / 12.5))
              : 1150 * (.75 + .5 * Math.sin(i * 1.7));
      double use =
          period.equals("day")
              ? 90
                  + 160 * Math.exp(-Math.pow(hour - 7.5, 2))
                  + 330 * Math.exp(-Math.pow((hour - 19.5) / 1.6, 2))
                  + 60 * Math.abs(Math.sin(i * .9))
                  + (hour > 12 && hour < 14 ? 340 : 0)
              : 750 * (.9 + .2 * Math.cos(i * 2.1));
      double production = sun * scale;
      double consumption = use * scale;
      double surplus = production - consumption;
      double charge =
          Math.max(0, Math.min(surplus, 350 * scale))
              * (period.equals("day") && hour > 15 ? .1 : .6);
      double discharge =
          surplus < 0 && (!period.equals("day") || hour > 17)
              ? Math.min(-surplus * .8, 220 * scale)
              : 0;
      double balance = consumption + charge - production - discharge;
      boolean gap = period.equals("day") && i >= 40 && i < 43;
      double[] values = {
        production,
        consumption,
        Math.max(0, balance),
        Math.max(0, -balance),
        charge,
        discharge,
        Math.min(production, consumption)
      };
      StringBuilder point = new StringBuilder("{\"start\":\"" + start + "\"");
      String[] names = {
        "production", "consumption", "import", "export", "charge", "discharge", "selfConsumed"
      };
      for (int n = 0; n < names.length; n++) {
        point
            .append(",\"")
            .append(names[n])
            .append("\":")
            .append(gap ? "null" : String.valueOf(Math.round(values[n])));
        if (!gap) {
          sums[n] += Math.round(values[n]);
        }
      }
      point
          .append(",\"residual\":0,\"quality\":[")
          .append(i == 20 ? "\"estimated\"" : "")
          .append("],\"gap\":")
          .append(gap)
          .append('}');
      points.add(point.toString());
    }
    return "{\"period\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"zone\":\"Europe/Rome\",\"resolution\":\"quarter\",\"points\":[%s],\"totals\":{\"production\":%s,\"consumption\":%s,\"import\":%s,\"export\":%s,\"charge\":%s,\"discharge\":%s,\"selfConsumed\":%s,\"residual\":0,\"selfConsumption\":0.62,\"autarky\":0.78,\"costMicros\":%d,\"revenueMicros\":%d,\"currency\":\"EUR\"}}"
        .formatted(
            period,
            first.atStartOfDay(ZONE).toInstant(),
            first.plusDays(1).atStartOfDay(ZONE).toInstant(),
            String.join(",", points),
            sums[0],
            sums[1],
            sums[2],
            sums[3],
            sums[4],
            sums[5],
            sums[6],
            (long) (sums[2] * 310),
            (long) (sums[3] * 82));
  }

  private static String history() {
    List<String> points = new ArrayList<>();
    Instant start = Instant.now().minusSeconds(86_400);
    for (int i = 0; i < 96; i++) {
      double mean = -Math.max(0, 4200 * Math.sin(Math.PI * (i / 4.0 - 6.5) / 12.5));
      points.add(
          "{\"start\":\"%s\",\"min\":%.0f,\"mean\":%.0f,\"max\":%.0f,\"first\":0,\"last\":0,\"delta\":null,\"count\":900,\"quality\":[]}"
              .formatted(start.plusSeconds(900L * i), mean - 200, mean, mean + 200));
    }
    return "{\"points\":[" + String.join(",", points) + "]}";
  }

  private static String resource(String name) {
    try (InputStream in = MockHub.class.getResourceAsStream("/mock/" + name + ".json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String component(String pid) {
    return element("settings", pid);
  }

  /** One line of a list: the resources have one element per line. */
  private static String element(String list, String id) {
    String plain = URLDecoder.decode(id, StandardCharsets.UTF_8);
    for (String line : resource(list).split("\n", -1)) {
      if (line.contains("\"id\":\"" + plain + '"') || line.contains("\"pid\":\"" + plain + '"')) {
        return line.endsWith(",") ? line.substring(0, line.length() - 1) : line;
      }
    }
    return null;
  }

  private static void problem(HttpExchange exchange, int status, String field, String detail)
      throws IOException {
    answer(
        exchange,
        status,
        "application/problem+json",
        "{\"type\":\"about:blank\",\"title\":\"Refused\",\"status\":%d,\"detail\":\"%s\"%s}"
            .formatted(status, detail, field.isEmpty() ? "" : ",\"field\":\"" + field + '"'));
  }

  private static void json(HttpExchange exchange, int status, String json) throws IOException {
    answer(exchange, status, "application/json", json);
  }

  private static void nothing(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
  }

  private static void answer(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** For looking at the pages while working on them: {@code MockHub.main}. */
  public static void main(String[] args) throws Exception {
    MockHub hub = new MockHub();
    hub.moving = true;
    hub.user = args.length > 0 ? args[0] : "Anna";
    System.out.println(hub.url());
    Thread.currentThread().join();
  }
}
