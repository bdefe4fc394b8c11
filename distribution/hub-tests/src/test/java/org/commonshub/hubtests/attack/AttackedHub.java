package org.commonshub.hubtests.attack;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.benchmarks.HubProcess;
import org.commonshub.launcher.FeatureSet;
import org.commonshub.launcher.Hub;
import org.commonshub.launcher.Main;
import org.commonshub.launcher.Options;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * The hub as the image ships it, in this JVM, with a meter that the test reads for it, the prosumer
 * at the console, and hostile bundles.
 */
final class AttackedHub implements AutoCloseable {
  static final String METER = "33333333-0000-4000-8000-000000000001";
  static final String SECOND = "33333333-0000-4000-8000-000000000002";
  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();
  private static final long PATIENCE_SECONDS = 20;

  final Path image = ROOT.resolve("distribution/image/target/hub");
  final Path work = Files.createTempDirectory("attacked");
  private final int port = HubProcess.freePort();
  private final HttpClient http = HttpClient.newHttpClient();
  private Hub hub;
  private Bundle desk;

  AttackedHub() throws Exception {
    Path config = Files.createDirectories(work.resolve("config"));
    for (String id : List.of(METER, SECOND)) {
      Files.writeString(
          config.resolve("org.commonshub.metering.device~meter" + id.substring(35) + ".json"),
          "{ \"id\": \""
              + id
              + "\", \"name\": \"Meter\", \"role\": \"LOAD\", \"driver\": \"vedirect\","
              + " \"endpoint\": \"tcp://127.0.0.1:9\" }\n");
    }
    start();
  }

  private void start() throws Exception {
    Options options =
        Options.parse(
            new String[] {
              "--data", work.resolve("data").toString(),
              "--config", work.resolve("config").toString(),
              "--port", Integer.toString(port),
              "--tls-port", Integer.toString(HubProcess.freePort()),
              "--no-simulation"
            },
            image);
    Files.createDirectories(options.data());
    Map<String, String> properties = Main.properties(options, port);
    properties.put("commonshub.unlisted", "true"); // Bundles of others come by hand here.
    hub = new Hub(options, properties);
    List<String> problems = new ArrayList<>();
    FeatureSet features = FeatureSet.read(List.of(options.home().resolve("features")));
    Collection<String> wanted =
        features.defaults().stream()
            .filter(f -> !f.startsWith("metering-") && !f.startsWith("simulated"))
            .toList();
    List<String> all = new ArrayList<>(wanted);
    all.add("metering-vedirect");
    problems.addAll(hub.start(features.resolve(all, problems)));
    if (!problems.isEmpty()) {
      throw new IOException("the hub does not start: " + problems);
    }
    desk = start("hub:attack-desk.jar", desk());
  }

  private static SmallBundle desk() throws IOException {
    return new SmallBundle("org.commonshub.console.attack")
        .header("Bundle-Activator", "org.commonshub.console.attack.Desk")
        .header(
            "Import-Package",
            "org.osgi.framework,org.commonshub.measure.api,org.commonshub.platform.api,"
                + "org.commonshub.privacy.api")
        .resource("org.commonshub.console.attack.Desk");
  }

  /** The hostile app under a symbolic name. */
  static SmallBundle app(String name, String... provided) throws IOException {
    List<String> services = new ArrayList<>(List.of(provided));
    services.add(Function.class.getName());
    return new SmallBundle(name)
        .header("Import-Package", "org.commonshub.measure.api,org.commonshub.privacy.api")
        .component(
            "com.hostile.app.App",
            "org.commonshub.privacy.api.EnergyData",
            services.toArray(String[]::new))
        .resource("com.hostile.app.App");
  }

  BundleContext context() {
    return hub.context();
  }

  /** Installs with the launcher's own context. */
  Bundle install(String location, SmallBundle bundle) throws BundleException, IOException {
    return hub.context().installBundle(location, new ByteArrayInputStream(bundle.bytes(image)));
  }

  Bundle start(String location, SmallBundle bundle) throws BundleException, IOException {
    Bundle installed = install(location, bundle);
    installed.start(Bundle.START_TRANSIENT);
    return installed;
  }

  /** A bundle of the hub by the end of its symbolic name. */
  Bundle ours(String name) {
    for (Bundle bundle : hub.context().getBundles()) {
      if (("org.commonshub." + name).equals(bundle.getSymbolicName())) {
        return bundle;
      }
    }
    throw new AssertionError("there is no " + name);
  }

  /** What the hostile bundle's code answers. */
  Object call(Bundle bundle, Object... arguments) {
    try {
      await("the component of " + bundle.getSymbolicName(), () -> function(bundle) != null);
      return context().getService(function(bundle)).apply(arguments);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What the prosumer's side of the test answers. */
  Object desk(Object... arguments) {
    return call(desk, arguments);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private ServiceReference<Function<Object[], Object>> function(Bundle bundle) {
    try {
      for (ServiceReference reference :
          context().getAllServiceReferences(Function.class.getName(), null)) {
        if (bundle.equals(reference.getBundle())) {
          return reference;
        }
      }
      return null;
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Status of a request to the console's port. */
  int get(String path, Map<String, String> headers) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20));
    headers.forEach(request::header);
    return http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  /** The cookie of a session. */
  String logIn(String name, String password) throws IOException, InterruptedException {
    URI session = URI.create("http://127.0.0.1:" + port + "/api/v1/session");
    HttpResponse<String> before =
        http.send(HttpRequest.newBuilder(session).build(), HttpResponse.BodyHandlers.ofString());
    Matcher csrf = Pattern.compile("\"csrf\"\\s*:\\s*\"([^\"]+)\"").matcher(before.body());
    HttpRequest.Builder login =
        HttpRequest.newBuilder(session.resolve("login"))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"name\":\"" + name + "\",\"password\":\"" + password + "\"}"));
    if (csrf.find()) {
      login.header("X-CSRF-Token", csrf.group(1)).header("Cookie", cookie(before));
    }
    return cookie(http.send(login.build(), HttpResponse.BodyHandlers.ofString()));
  }

  private static String cookie(HttpResponse<String> answer) {
    return answer.headers().allValues("set-cookie").stream()
        .filter(c -> c.startsWith("hub_session="))
        .map(c -> c.split(";", 2)[0])
        .findFirst()
        .orElseThrow(() -> new AssertionError("no session: " + answer.body()));
  }

  static void await(String what, BooleanSupplier there) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!there.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + PATIENCE_SECONDS + " s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Override
  public void close() throws Exception {
    hub.stop(20_000);
    HubProcess.delete(work);
  }
}
