package org.commonshub.console.web;

import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The app desk that {@link MockHub} plays: one catalogue, a coach and what becomes of it. */
final class MockApps {
  static final String ID = "com.example.coach";
  static final String FINGERPRINT = "0123 4567 89ab cdef 0123 4567 89ab cdef";

  private static final String PNG =
      "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAL0lEQVR42mPgi3IlCTHQXcPXFTKYCKcGrKrR9DAQoxpZz6gG0jSQHA/kxDRNEh8AZPwfLGFh6doAAAAASUVORK5CYII=";

  /** An answer. */
  record Reply(int status, String json) {}

  volatile boolean off;
  volatile boolean following;
  volatile String source = "FRESH";

  /** Empty while it is not here; {@code FETCHING} while it is being installed. */
  volatile String step = "";

  volatile String problem = "";
  volatile String work = "";
  volatile String withdrawn = "";
  volatile String licence = "NONE";
  volatile boolean newer;
  volatile boolean updated;
  volatile boolean slowed;
  volatile boolean failing;
  volatile boolean hostile;
  volatile boolean asked;
  private volatile String grants = "{\"hosts\":[],\"actuators\":[],\"place\":null}";

  /** Everything is there and runs. */
  void running() {
    following = true;
    step = "ON";
    licence = "ACTIVE";
    grants =
        "{\"hosts\":[\"forecast.example\"],\"actuators\":[],\"place\":{\"latitude\":419,\"longitude\":125}}";
  }

  private static String text(String value) {
    return value.isEmpty() ? "null" : "\"" + value + "\"";
  }

  private String head(String version) {
    return "\"id\":\"%s\",\"version\":\"%s\",\"kind\":\"APP\",\"source\":\"village\",\"operator\":\"Village Energy\",\"provider\":\"Example Ltd\",\"name\":\"%s\",\"summary\":\"Tells you when there is sun to spare.\",\"icon\":\"%s\",\"price\":{\"micros\":1500000,\"currency\":\"EUR\",\"period\":\"P1M\"},\"trial\":true,\"withdrawn\":%s,\"risk\":{\"rating\":\"HIGH\",\"reasons\":[\"fine-data+network\",\"actuators\",\"place\"]}"
        .formatted(
            ID,
            version,
            hostile ? "<img src=x onerror=alert(1)>" : "Energy Coach",
            hostile ? "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+" : PNG,
            text(withdrawn));
  }

  private String manifest(boolean more) {
    return """
        {"description":"It looks at your roof and your use.\\nThen it says what to switch on, and when.",
         "changes":"Counts clouds better.",
         "provider":{"id":"com.example","name":"Example Ltd","url":"%s","contact":"help@example.com"},
         "data":[{"purpose":"ADVICE","terms":{"version":1,"purposes":["advice"],"kinds":["readings"],"quantities":["power.active","battery.soc"],"mode":"raw","resolution_s":1,"history_s":2592000,"hosts":[]},"for":"P6M","why":"To tell you which device costs you most."}],
         "actuators":[{"key":"ev-charger/current-limit","role":"EV_CHARGER","actuator":"current-limit","why":"To charge with the sun."}],
         "hosts":[{"host":"forecast.example","why":"Fetches the forecast; sends the tenth of a degree."}%s],
         "place":"The forecast depends on it.",
         "resources":{"cpu_ms_per_minute":1000,"memory_mb":16,"storage_kb":1024,"network_kb_per_day":1024,"log_lines_per_hour":60},
         "levels":[{"id":"basic","name":"Basic","features":["hints"],"limits":{"reports":10},"price_micros":1500000,"currency":"EUR","period":"P1M","trial":"P14D"},
                   {"id":"full","name":"Everything","features":["charging","hints"],"limits":{},"price_micros":30000000,"currency":"EUR","period":"P1Y","trial":null}],
         "grace":"P7D","lease":"P60D","length":182431,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","fee_permille":150}
        """
        .formatted(
            hostile ? "javascript:alert(1)" : "https://example.com/",
            more ? ",{\"host\":\"more.example\",\"why\":\"Fetches prices.\"}" : "");
  }

  private String offer(boolean whole) {
    return "{%s,\"installed\":%s,\"blocked\":%s%s}"
        .formatted(
            head("1.0.0"),
            text(step.isEmpty() || step.equals("FETCHING") ? "" : "1.0.0"),
            text(withdrawn.isEmpty() ? "" : "It was withdrawn: " + withdrawn),
            whole ? ",\"manifest\":" + manifest(false) : "");
  }

  private String standing() {
    boolean dated = !licence.equals("NONE");
    return "{\"app\":\"%s\",\"state\":\"%s\",\"level\":\"%s\",\"features\":[\"hints\"],\"limits\":{%s},\"used\":{%s},\"trial\":%s,\"trialLeft\":%s,\"renewFrom\":%s,\"paidUntil\":%s,\"stopsAt\":%s}"
        .formatted(
            ID,
            licence,
            dated ? "basic" : "",
            dated ? "\"reports\":10" : "",
            dated ? "\"reports\":3" : "",
            dated,
            !dated,
            text(dated ? "2026-07-25T00:00:00Z" : ""),
            text(dated ? "2026-08-01T00:00:00Z" : ""),
            text(dated ? "2026-08-08T00:00:00Z" : ""));
  }

  private String installed(boolean whole) {
    String version = updated ? "1.1.0" : "1.0.0";
    return "{%s,\"step\":\"%s\",\"problem\":%s,\"runs\":\"ZONE\",\"shares\":[\"com.example.tariff\"],\"grants\":%s,\"data\":[],\"licence\":%s,\"usage\":%s,\"previous\":%s,\"update\":%s%s}"
        .formatted(
            head(version),
            step,
            text(problem),
            grants,
            standing(),
            step.equals("ON")
                ? "{\"cpuMs\":12340,\"memoryBytes\":9000000,\"storedBytes\":4096,\"networkBytes\":20480,\"values\":960,\"logLines\":3,\"logDropped\":%d,\"slowed\":%s}"
                    .formatted(slowed ? 2 : 0, slowed)
                : "null",
            text(updated ? "1.0.0" : ""),
            newer && !updated
                ? "{\"version\":\"1.1.0\",\"more\":true%s}"
                    .formatted(whole ? ",\"manifest\":" + manifest(true) : "")
                : "null",
            whole ? ",\"manifest\":" + manifest(updated) : "");
  }

  private String apps() {
    if (step.equals("FETCHING") && !asked) {
      asked = true;
    } else if (step.equals("FETCHING")) {
      step = failing ? "" : "ASKING";
      work = failing ? "The package opens files, which apps may not do." : "";
    }
    String under =
        step.equals("FETCHING")
            ? "{\"app\":\"" + ID + "\",\"doing\":\"install\",\"problem\":null}"
            : work.isEmpty()
                ? ""
                : "{\"app\":\"%s\",\"doing\":\"install\",\"problem\":\"%s\"}".formatted(ID, work);
    return "{\"apps\":[%s],\"work\":[%s]}"
        .formatted(step.isEmpty() || step.equals("FETCHING") ? "" : installed(false), under);
  }

  private String sources() {
    if (!following) {
      return "[]";
    }
    return "[{\"name\":\"village\",\"url\":\"https://apps.village.example/metadata/\",\"operator\":\"Village Energy\",\"fingerprint\":\"%s\",\"state\":\"%s\",\"updated\":\"%s\",\"expires\":\"2026-12-24T00:00:00Z\",\"problem\":%s}]"
        .formatted(
            FINGERPRINT,
            source,
            Instant.now(),
            text(
                source.equals("FRESH") ? "" : "The catalogue does not answer; check the network."));
  }

  private String cards() {
    StringBuilder one = new StringBuilder();
    StringBuilder two = new StringBuilder();
    for (int i = 0; i < 24; i++) {
      one.append(i > 0 ? "," : "")
          .append(Math.max(0, Math.round(40 * Math.sin((i - 6) / 4.0))) / 10.0);
      two.append(i > 0 ? "," : "").append(i == 5 ? "null" : String.valueOf(0.4 + i % 5 / 10.0));
    }
    String line =
        "{\"label\":\"%s\",\"start\":\"2026-06-21T00:00:00Z\",\"step_s\":3600,\"values\":[%s]}";
    return """
        [{"title":"Today","elements":[
           {"type":"notice","level":"GOOD","text":"Run the washing machine between 12 and 15 o’clock."},
           {"type":"figure","label":"To spare until evening","value":6.4,"unit":"kWh"},
           {"type":"text","text":"%s"},
           {"type":"chart","title":"Sun and use","kind":"LINE","unit":"kW","lines":[%s,%s]}]},
         {"title":"What costs most","elements":[
           {"type":"table","columns":["Device","a month"],"rows":[["Heat pump","€31.20"],["Oven","€4.10"]]},
           {"type":"chart","title":"A week","kind":"BARS","unit":"kWh","lines":[%s]},
           {"type":"notice","level":"WARNING","text":"No forecast since this morning."}]},
         {"title":"The car","elements":[
           {"type":"form","id":"car","title":"When you need it","button":"Plan","fields":[
             {"id":"km","label":"Kilometres","kind":"NUMBER","value":"40","min":0,"max":400,"choices":[]},
             {"id":"at","label":"Ready at","kind":"TIME","value":"07:30","min":null,"max":null,"choices":[]},
             {"id":"sun","label":"Only with the sun","kind":"SWITCH","value":"true","min":null,"max":null,"choices":[]},
             {"id":"how","label":"How full","kind":"CHOICE","value":"most","min":null,"max":null,"choices":[["half","half"],["most","80 %%"]]},
             {"id":"note","label":"Note","kind":"TEXT","value":"","min":null,"max":null,"choices":[]}]}]}]
        """
        .formatted(
            hostile ? "<script>alert(1)</script>" : "The afternoon will be bright.",
            line.formatted("Roof", one),
            line.formatted("Home", two),
            line.formatted("Spare", "1.2,3.4,null,2.0,4.4,5.1,0.3"));
  }

  /** Null if there is nothing at this address. */
  Reply answer(String method, String path, Map<String, String> query, String body) {
    if (off) {
      return problem(503, "", "Apps are switched off. Switch them on in Settings, Features: Apps.");
    }
    return switch (method + " " + path) {
      case "GET /apps" -> new Reply(200, apps());
      case "GET /catalogues" -> new Reply(200, sources());
      case "POST /catalogues" -> follow(body);
      case "DELETE /catalogues/village" -> {
        following = false;
        yield new Reply(204, "");
      }
      case "POST /catalogues/village/refresh" -> {
        source = "FRESH";
        yield new Reply(200, sources().replaceAll("^\\[|\\]$", ""));
      }
      case "GET /apps/offers" -> {
        String words = query.getOrDefault("search", "");
        boolean found = following && "energy coach example".contains(words);
        yield new Reply(
            200,
            "{\"found\":%d,\"offers\":[%s]}".formatted(found ? 1 : 0, found ? offer(false) : ""));
      }
      case "GET /apps/offers/village/" + ID -> new Reply(200, offer(true));
      case "GET /apps/usage" ->
          new Reply(
              200,
              following
                  ? "[{\"month\":\"2026-05\",\"source\":\"village\",\"closed\":true,\"delivered\":true,\"head\":\"ab\",\"document\":\"eyJhbGciOiJFZERTQSJ9.e30.AAAA\",\"lines\":[{\"app\":\"com.example.coach\",\"counts\":{\"run-days\":31,\"values\":29760,\"app.reports\":9},\"paid_micros\":1500000,\"currency\":\"EUR\",\"fee_permille\":150,\"fee_micros\":225000}]}]"
                  : "[]");
      case "POST /apps" -> {
        step = "FETCHING";
        asked = false;
        work = "";
        yield new Reply(202, "{\"app\":\"" + ID + "\",\"doing\":\"install\"}");
      }
      case "GET /apps/com.example.coach" -> here() ? new Reply(200, installed(true)) : none();
      case "DELETE /apps/com.example.coach" -> {
        step = "";
        yield new Reply(204, "");
      }
      case "PUT /apps/com.example.coach/consent" -> {
        grants =
            "{\"hosts\":%s,\"actuators\":%s,\"place\":%s}"
                .formatted(
                    group(body, "\"hosts\":(\\[[^\\]]*\\])"),
                    group(body, "\"actuators\":(\\[[^\\]]*\\])"),
                    body.contains("\"place\"") ? group(body, "\"place\":(\\{[^}]*\\})") : "null");
        step = step.equals("ASKING") ? "OFF" : step;
        yield new Reply(200, installed(true));
      }
      case "PUT /apps/com.example.coach/enabled" -> {
        if (licence.equals("NONE")) {
          yield problem(402, "", "It has to be bought or tried first.");
        }
        step = body.contains("true") ? "ON" : "OFF";
        problem = "";
        yield new Reply(200, installed(true));
      }
      case "POST /apps/com.example.coach/update" -> {
        updated = true;
        yield new Reply(202, "{\"app\":\"" + ID + "\",\"doing\":\"update\"}");
      }
      case "POST /apps/com.example.coach/rollback" -> {
        updated = false;
        yield new Reply(200, installed(true));
      }
      case "GET /apps/com.example.coach/cards" -> new Reply(200, cards());
      case "POST /apps/com.example.coach/forms/car" ->
          new Reply(
              200,
              body.contains("\"399\"")
                  ? "{\"refused\":\"The car does not go that far.\"}"
                  : "{\"refused\":null}");
      case "GET /apps/com.example.coach/log" ->
          new Reply(
              200,
              "[{\"at\":\"2026-06-21T10:00:00Z\",\"warning\":true,\"text\":\"No forecast.\"},{\"at\":\"2026-06-21T09:00:00Z\",\"warning\":false,\"text\":\"Started.\"}]");
      case "POST /apps/com.example.coach/licence/request" ->
          new Reply(
              200, "{\"document\":\"eyJhbGciOiJFZERTQSJ9.%s.AAAA\"}".formatted("e30".repeat(170)));
      case "POST /apps/com.example.coach/licence/trial" -> {
        licence = "ACTIVE";
        yield new Reply(200, standing());
      }
      case "POST /apps/licences" -> {
        if (!body.contains("eyJ")) {
          yield problem(422, "token", "This is no licence; paste all of it.");
        }
        licence = "ACTIVE";
        yield new Reply(200, standing());
      }
      default -> null;
    };
  }

  private boolean here() {
    return !step.isEmpty() && !step.equals("FETCHING");
  }

  private static Reply none() {
    return problem(404, "", "There is no such app on this hub.");
  }

  private Reply follow(String body) {
    if (!group(body, "\"fingerprint\":\"([^\"]*)\"")
        .replace(" ", "")
        .equals(FINGERPRINT.replace(" ", ""))) {
      return problem(422, "fingerprint", "This is not the fingerprint of the root file.");
    }
    following = true;
    source = "NEW";
    return new Reply(201, sources().replaceAll("^\\[|\\]$", ""));
  }

  private static Reply problem(int status, String field, String detail) {
    return new Reply(
        status,
        "{\"type\":\"about:blank\",\"title\":\"Refused\",\"status\":%d,\"detail\":\"%s\"%s}"
            .formatted(status, detail, field.isEmpty() ? "" : ",\"field\":\"" + field + '"'));
  }

  private static String group(String text, String form) {
    Matcher matcher = Pattern.compile(form).matcher(text);
    return matcher.find() ? matcher.group(1) : "";
  }
}
