package org.commonshub.hubtests.escape;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.commonshub.hubtests.attack.SmallBundle;

/**
 * A small real app that does one bad thing when it starts, and says in {@code App.problem()} what
 * came of it: {@code ESCAPED: …} or {@code stopped: …}.
 */
final class Hostile {
  private static final String API = "org.commonshub.apps.api.";
  private static final String[] SERVICES = {
    API + "AppHome",
    API + "AppLog",
    "org.commonshub.privacy.api.EnergyData",
    API + "AppHttp",
    API + "AppActuators",
    API + "AppStore",
    API + "AppTimers",
    API + "AppLicence"
  };
  private static final String[] NAMES = {
    "home", "log", "data", "http", "actuators", "store", "timers", "licence"
  };

  /** What the layer has to do with it. */
  enum Layer {
    /** Structure, headers and descriptors of the jar, read before it is installed. */
    PACKAGE,
    /** Its classes against the list of what may be used, before and when they are defined. */
    CODE,
    /** Hooks of the framework, with the checks before left out. */
    HOOK,
    /** A service of the hub that refuses. */
    SERVICE,
    /** What an app may use of the machine. */
    QUOTA
  }

  final String name;
  final Layer layer;

  /** Part of what the layer says. */
  final String says;

  private final StringBuilder members = new StringBuilder();
  private final Map<String, String> classes = new LinkedHashMap<>();
  private String body = "return \"ESCAPED: nothing was tried\";";
  private String cards = "return java.util.List.of();";
  private UnaryOperator<SmallBundle> shape = UnaryOperator.identity();
  private Bytes bytes = jar -> jar;
  private String component;

  /** Changes a jar's bytes. */
  interface Bytes {
    byte[] of(byte[] jar) throws IOException;
  }

  Hostile(String name, Layer layer, String says) {
    this.name = name;
    this.layer = layer;
    this.says = says;
  }

  /** What it does when it starts; returns a sentence. */
  Hostile does(String text) {
    body = text;
    return this;
  }

  /** What it does when it is asked for its cards. */
  Hostile shows(String text) {
    cards = text;
    return this;
  }

  /** Further members of its class. */
  Hostile member(String text) {
    members.append(text).append('\n');
    return this;
  }

  /** Another class, {@code hostile.NAME}. */
  Hostile type(String simpleName, String text) {
    classes.put("hostile." + simpleName, "package hostile;\n" + text);
    return this;
  }

  /** A class of any package. */
  Hostile foreign(String className, String text) {
    classes.put(className, text);
    return this;
  }

  /** Headers and files. */
  Hostile shape(UnaryOperator<SmallBundle> change) {
    shape = change;
    return this;
  }

  /** The jar as it is sent. */
  Hostile bytes(Bytes change) {
    bytes = change;
    return this;
  }

  /** Another component descriptor. */
  Hostile component(String xml) {
    component = xml;
    return this;
  }

  /** The second service of its descriptor. */
  String offers() {
    return component.replaceAll("(?s).*<provide interface='([^']+)'/></service>.*", "$1");
  }

  /** Symbolic name: each is an app of its own. */
  String id() {
    return "com.hostile." + name.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }

  byte[] jar(Path image) throws IOException {
    SmallBundle bundle =
        new SmallBundle(id())
            .header("Bundle-Version", "1.0.0")
            .header(
                "Import-Package",
                "org.commonshub.apps.api,org.commonshub.privacy.api,org.commonshub.measure.api")
            .header("Service-Component", "OSGI-INF/app.xml")
            .header(
                "Require-Capability",
                "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.4)(!(version>=2)))\"")
            .file("OSGI-INF/app.xml", component == null ? descriptor() : component)
            .file("HUB-INF/app.json", Manifests.json(id()))
            .source("hostile.Hostile", source());
    classes.forEach(bundle::source);
    return bytes.of(shape.apply(bundle).bytes(image));
  }

  private String source() {
    StringBuilder parameters = new StringBuilder();
    for (int i = 0; i < SERVICES.length; i++) {
      parameters.append(i == 0 ? "" : ", ").append(SERVICES[i]).append(' ').append(NAMES[i]);
    }
    return "package hostile;\n"
        + "public final class Hostile implements org.commonshub.apps.api.App {\n"
        + members
        + "  private String outcome;\n"
        + "  public Hostile("
        + parameters
        + ") {\n    try { outcome = attack("
        + String.join(", ", NAMES)
        + "); } catch (Throwable t) { outcome = \"stopped: \" + t; }\n  }\n"
        + "  String attack("
        + parameters
        + ") throws Throwable {\n"
        + body
        + "\n  }\n"
        + "  public java.util.List<org.commonshub.apps.api.Card> cards(java.util.Locale locale) {\n"
        + cards
        + "\n  }\n"
        + "  public java.util.Optional<String> problem() { return java.util.Optional.ofNullable(outcome); }\n"
        + "}\n";
  }

  private String descriptor() {
    StringBuilder references = new StringBuilder();
    for (int i = 0; i < SERVICES.length; i++) {
      references
          .append("<reference name='")
          .append(NAMES[i])
          .append("' interface='")
          .append(SERVICES[i])
          .append("' cardinality='0..1' policy-option='greedy' parameter='")
          .append(i)
          .append("'/>");
    }
    return descriptor("<provide interface='" + API + "App'/>", references.toString());
  }

  /** A descriptor with other services and references. */
  static String descriptor(String services, String references) {
    return "<scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='hostile'"
        + " immediate='true' configuration-policy='ignore' init='"
        + SERVICES.length
        + "'><implementation class='hostile.Hostile'/><service>"
        + services
        + "</service>"
        + references
        + "</scr:component>";
  }

  /** Bytes one after the other. */
  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Override
  public String toString() {
    return layer + ": " + name;
  }
}
