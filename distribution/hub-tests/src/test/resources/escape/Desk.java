package org.commonshub.apps.provider;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.commonshub.apps.api.App;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.privacy.api.EnergyData;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** Stands where the app desk stands, without its checks: so each layer is alone. */
public final class Desk implements BundleActivator, Function<Object[], Object> {
  private static final Set<String> SERVICES =
      Set.of(
          "org.commonshub.apps.api.AppHome",
          "org.commonshub.apps.api.AppLog",
          "org.commonshub.privacy.api.EnergyData",
          "org.commonshub.apps.api.AppHttp",
          "org.commonshub.apps.api.AppActuators",
          "org.commonshub.apps.api.AppStore",
          "org.commonshub.apps.api.AppTimers",
          "org.commonshub.apps.api.AppLicence");

  private BundleContext context;

  @Override
  public void start(BundleContext c) {
    context = c;
    c.registerService(Function.class, this, null);
  }

  @Override
  public void stop(BundleContext c) {}

  @Override
  public Object apply(Object[] a) {
    try {
      return switch ((String) a[0]) {
        case "ready" ->
            context.getServiceReference(Sandbox.class) != null
                && context.getServiceReference(AppHosts.class) != null;
        case "check" -> check((Path) a[1]);
        case "run" -> run((Path) a[1], (String) a[2], (String) a[3]);
        default -> throw new IllegalArgumentException((String) a[0]);
      };
    } catch (Throwable e) {
      return "refused: " + e + (e.getCause() == null ? "" : " because of " + e.getCause());
    }
  }

  private List<String> check(Path jar) throws Exception {
    List<String> found = new ArrayList<>();
    for (Finding finding : service(Sandbox.class).check(jar, Profile.APP)) {
      found.add(finding.where() + " | " + finding.what() + " | " + finding.why());
    }
    return found;
  }

  /** Starts it as the desk would after its checks; {@code offered} is looked for from here. */
  private String run(Path jar, String id, String offered) throws Exception {
    AppManifest manifest =
        ManifestCodec.read(read(jar));
    Sandbox sandbox = service(Sandbox.class);
    try (Sandbox.Permit proxyPermit =
            sandbox.permit("app:" + id + "/0.0.0", Profile.APP, Set.of());
        Sandbox.Permit permit = sandbox.permit("app:" + id + "/1.0.0", Profile.APP, SERVICES)) {
      Bundle proxy =
          context.installBundle("app:" + id + "/0.0.0", new ByteArrayInputStream(proxy(id)));
      proxy.start(Bundle.START_TRANSIENT);
      ServiceReference<EnergyData> view =
          proxy.getBundleContext().getServiceReference(EnergyData.class);
      Grants grants =
          new Grants(Set.of("api.example.com"), Set.of("ev-charger/current-limit"), Optional.empty());
      CompletableFuture<String> ended = new CompletableFuture<>();
      try (AppSession session =
          service(AppHosts.class)
              .open(
                  "app:" + id + "/1.0.0",
                  manifest,
                  grants,
                  view == null ? null : proxy.getBundleContext().getService(view),
                  false)) {
        session.onEnded(ended::complete);
        Bundle bundle =
            context.installBundle(
                "app:" + id + "/1.0.0", new ByteArrayInputStream(Files.readAllBytes(jar)));
        CompletableFuture<Object> started = new CompletableFuture<>();
        session
            .call(
                () -> {
                  try {
                    bundle.start(Bundle.START_TRANSIENT);
                    return "started";
                  } catch (Exception e) {
                    return "refused: " + e;
                  }
                },
                10)
            .whenComplete((v, e) -> started.complete(e == null ? v : "ended: " + e));
        Object start = started.get(30, TimeUnit.SECONDS);
        if (!"started".equals(start)) {
          return ended.isDone() ? "ended: " + ended.get() : start.toString();
        }
        if (!offered.isEmpty() && context.getAllServiceReferences(offered, "(component.name=hostile)") != null) {
          return "ESCAPED: the hub sees its " + offered;
        }
        App app = app(bundle);
        if (app == null) {
          return "none: its component did not start";
        }
        String outcome = "pending";
        for (int i = 0; i < 300 && outcome.contains("pending"); i++) {
          outcome = problem(session, app);
          TimeUnit.MILLISECONDS.sleep(20);
        }
        if (outcome.equals("stopped: later")) {
          CompletableFuture<String> cards = new CompletableFuture<>();
          session
              .call(() -> List.copyOf(app.cards(Locale.ENGLISH)).toString(), 5)
              .whenComplete((v, e) -> cards.complete(e == null ? v : "ended: " + name(e)));
          outcome = cards.get(30, TimeUnit.SECONDS);
        }
        AppSession.Usage usage = session.usage();
        return outcome
            + (ended.isDone() ? " ended: " + ended.get() : "")
            + (usage.logDropped() > 0 ? " dropped: " + usage.logDropped() : "");
      }
    }
  }

  private static String name(Throwable e) {
    return e.getClass().getName();
  }

  private static String problem(AppSession session, App app) throws Exception {
    CompletableFuture<String> answer = new CompletableFuture<>();
    session
        .call(() -> app.problem().orElse("nothing"), 5)
        .whenComplete((v, e) -> answer.complete(e == null ? v : "ended: " + e));
    return answer.get(30, TimeUnit.SECONDS);
  }

  private static byte[] read(Path jar) throws Exception {
    try (java.util.jar.JarFile file = new java.util.jar.JarFile(jar.toFile())) {
      return file.getInputStream(file.getEntry(ManifestCodec.PATH)).readAllBytes();
    }
  }

  private App app(Bundle bundle) throws Exception {
    for (int i = 0; i < 20; i++) {
      ServiceReference<?>[] all = bundle.getRegisteredServices();
      if (all != null) {
        for (ServiceReference<?> reference : all) {
          Object service = context.getService(reference);
          if (service instanceof App app) {
            return app;
          }
        }
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return null;
  }

  private static byte[] proxy(String id) throws Exception {
    Manifest manifest = new Manifest();
    Attributes headers = manifest.getMainAttributes();
    headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    headers.putValue("Bundle-ManifestVersion", "2");
    headers.putValue("Bundle-SymbolicName", id);
    headers.putValue("Bundle-Version", "0.0.0");
    headers.putValue("Import-Package", "org.commonshub.privacy.api");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new JarOutputStream(bytes, manifest).close();
    return bytes.toByteArray();
  }

  private <T> T service(Class<T> type) {
    ServiceReference<T> reference = context.getServiceReference(type);
    if (reference == null) {
      throw new IllegalStateException("there is no " + type.getName());
    }
    return context.getService(reference);
  }
}
