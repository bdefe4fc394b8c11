package org.commonshub.features;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemPackages;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/**
 * Boots one feature of the image in a container, with what it requires and nothing else: every
 * bundle becomes active, and every component that needs no configuration finds its services.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public abstract class FeatureBoot {
  /** Packages of the launcher's class path, as the launcher exports them. */
  private static final List<String> SHARED = List.of("org.slf4j", "com.fasterxml.jackson");

  @Inject private BundleContext context;

  private final String feature;

  protected FeatureBoot(String feature) {
    this.feature = feature;
  }

  /** Container with the feature's bundles. */
  @Configuration
  public Option[] container() throws IOException {
    Path work = Path.of(System.getProperty("hub.work"), feature);
    Files.createDirectories(work);
    Path data = Files.createTempDirectory(work, "data");
    Path config = Files.createDirectories(data.resolve("config"));
    List<Option> bundles = new ArrayList<>();
    for (Path jar : jars()) {
      bundles.add(bundle("reference:" + jar.toUri()));
    }
    return options(
        systemProperty("pax.exam.osgi.unresolved.fail").value("true"),
        systemProperty("org.ops4j.pax.logging.DefaultServiceLog.level").value("WARN"),
        frameworkProperty("felix.bootdelegation.implicit").value("false"),
        // Every location is the hub's: the container's bundles are no third party's.
        frameworkProperty("commonshub.locations").value(""),
        frameworkProperty("commonshub.data").value(data.toString()),
        frameworkProperty("commonshub.config").value(config.toString()),
        frameworkProperty("commonshub.features.dir").value(image().resolve("features").toString()),
        frameworkProperty("commonshub.repository").value(image().resolve("bundles").toString()),
        frameworkProperty("commonshub.version").value("0.1.0"),
        frameworkProperty("commonshub.tls.port").value(Integer.toString(freePort())),
        frameworkProperty("org.apache.felix.http.host").value("127.0.0.1"),
        frameworkProperty("org.osgi.service.http.port").value(Integer.toString(freePort())),
        systemPackages(sharedPackages()),
        composite(bundles.toArray(Option[]::new)),
        junitBundles());
  }

  /** Everything runs. */
  @Test
  public void everyBundleIsActiveAndEveryComponentSatisfied() throws Exception {
    Set<String> ours = new TreeSet<>();
    for (Bundle bundle : context.getBundles()) {
      String name = bundle.getSymbolicName();
      if (name.startsWith("org.commonshub.")) {
        ours.add(name.substring("org.commonshub.".length()));
      }
      if (!name.equals("org.apache.felix.framework")
          && bundle.getHeaders().get("Fragment-Host") == null) {
        assertEquals("state of " + name, Bundle.ACTIVE, bundle.getState());
      }
    }
    for (Path jar : jars()) {
      Matcher matcher = OURS.matcher(jar.getFileName().toString());
      if (matcher.matches()) {
        assertTrue(matcher.group(1) + " is installed", ours.contains(matcher.group(1)));
      }
    }
    ServiceReference<ServiceComponentRuntime> reference =
        context.getServiceReference(ServiceComponentRuntime.class);
    ServiceComponentRuntime runtime = context.getService(reference);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    List<String> unsatisfied = unsatisfied(runtime);
    while (!unsatisfied.isEmpty() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(100); // Components settle on other bundles' threads.
      unsatisfied = unsatisfied(runtime);
    }
    assertTrue("components without their services: " + unsatisfied, unsatisfied.isEmpty());
    assertFalse("no component at all", runtime.getComponentDescriptionDTOs().isEmpty());
  }

  private static final Pattern OURS = Pattern.compile("([a-z]+\\.[a-z]+)-0\\..*\\.jar");

  private static List<String> unsatisfied(ServiceComponentRuntime runtime) {
    List<String> names = new ArrayList<>();
    for (ComponentDescriptionDTO component : runtime.getComponentDescriptionDTOs()) {
      if (component.configurationPolicy.equals("require")) {
        continue;
      }
      for (ComponentConfigurationDTO configuration :
          runtime.getComponentConfigurationDTOs(component)) {
        if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
          names.add(component.name + " failed: " + configuration.failure.lines().findFirst());
        }
        for (UnsatisfiedReferenceDTO missing : configuration.unsatisfiedReferences) {
          names.add(component.name + " lacks " + missing.name);
        }
      }
    }
    return names;
  }

  private static Path image() {
    return Path.of(System.getProperty("hub.image"));
  }

  /** Jars of the feature and of what it requires, required ones first. */
  private Set<Path> jars() throws IOException {
    Set<Path> jars = new LinkedHashSet<>();
    collect(feature, jars);
    return jars;
  }

  private static void collect(String name, Set<Path> jars) throws IOException {
    String json = Files.readString(image().resolve("features").resolve(name + ".json"));
    Matcher requires =
        Pattern.compile("\"requires\"\\s*:\\s*\\{.*?\\[(.*?)]", Pattern.DOTALL).matcher(json);
    if (requires.find()) {
      Matcher names = Pattern.compile("\"([^\"]+)\"").matcher(requires.group(1));
      while (names.find()) {
        collect(names.group(1), jars);
      }
    }
    Matcher files = Pattern.compile("\"file\": \"([^\"]+)\"").matcher(json);
    while (files.find()) {
      jars.add(image().resolve("bundles").resolve(files.group(1)));
    }
  }

  private static String[] sharedPackages() {
    try {
      var field = Class.forName("org.commonshub.launcher.SystemPackages").getDeclaredField("EXTRA");
      field.setAccessible(true);
      return Arrays.stream(((String) field.get(null)).split(",", -1))
          .filter(p -> SHARED.stream().anyMatch(p::startsWith))
          .toArray(String[]::new);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
