package org.commonshub.apps.sandbox;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.xml.sax.Attributes;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Looks at a bundle of others without resolving it. What the framework's hooks stop needs no look;
 * this is about what Declarative Services and the console's settings read out of a bundle: a
 * component gets the configurations it names, whoever's they are.
 */
final class Inspection {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DESCRIPTORS = 64;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final String COMPONENTS = "Service-Component";
  private static final String METATYPES = "OSGI-INF/metatype/";

  private Inspection() {}

  /** Why a bundle of others may not be here, in the middle of a sentence. */
  static Optional<String> of(Bundle bundle, Bundle[] all, Origins origins) {
    String name = bundle.getSymbolicName();
    if (name == null || !NAME.matcher(name).matches()) {
      return Optional.of("a symbolic name is 1 to 128 letters, digits or any of . _ -");
    }
    for (Bundle other : all) {
      if (name.startsWith("org.commonshub.")
          || origins.ours(other) && name.equals(other.getSymbolicName())) {
        return Optional.of("its symbolic name " + name + " is one of the hub's own");
      }
    }
    if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null) {
      return Optional.of("it is a fragment, which becomes part of another bundle");
    }
    try {
      for (String path : descriptors(bundle)) {
        Optional<String> foreign = foreignPid(name, read(bundle, path));
        if (foreign.isPresent()) {
          return Optional.of(
              path
                  + " reads the settings of "
                  + foreign.get()
                  + "; names of a bundle's settings begin with its symbolic name "
                  + name);
        }
      }
      return Optional.empty();
    } catch (IOException | SAXException | ParserConfigurationException e) {
      return Optional.of("its descriptors cannot be read: " + e.getMessage());
    }
  }

  /** Paths of its descriptors of components and settings. */
  private static List<String> descriptors(Bundle bundle) throws IOException {
    List<String> paths = new ArrayList<>();
    String components = bundle.getHeaders("").get(COMPONENTS);
    if (components != null) {
      for (String path : components.split(",", -1)) {
        if (path.contains("*") || path.contains(";")) {
          throw new IOException(COMPONENTS + " names each file by its path");
        }
        paths.add(path.strip());
      }
    }
    Enumeration<String> settings = bundle.getEntryPaths(METATYPES);
    while (settings != null && settings.hasMoreElements()) {
      String path = settings.nextElement();
      if (!path.endsWith("/")) {
        paths.add(path);
      }
    }
    if (paths.size() > MAX_DESCRIPTORS) {
      throw new IOException("there are more than " + MAX_DESCRIPTORS);
    }
    return paths;
  }

  private static byte[] read(Bundle bundle, String path) throws IOException {
    URL entry = bundle.getEntry(path);
    if (entry == null) {
      return new byte[0];
    }
    try (InputStream in = entry.openStream()) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new IOException(path + " is larger than " + MAX_BYTES + " bytes");
      }
      return content;
    }
  }

  /** The first name of settings in a descriptor that is not the bundle's own. */
  private static Optional<String> foreignPid(String bundle, byte[] descriptor)
      throws IOException, SAXException, ParserConfigurationException {
    if (descriptor.length == 0) {
      return Optional.empty();
    }
    SAXParserFactory factory = SAXParserFactory.newInstance();
    factory.setNamespaceAware(true);
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    Pids pids = new Pids();
    factory.newSAXParser().parse(new ByteArrayInputStream(descriptor), pids);
    return pids.found.stream().filter(pid -> !Rules.owns(bundle, pid)).findFirst();
  }

  /** Names of settings, whatever the namespace of the elements is. */
  private static final class Pids extends DefaultHandler {
    private final List<String> found = new ArrayList<>();
    private boolean classIsPid;

    @Override
    public void startElement(String uri, String element, String prefixed, Attributes attributes) {
      switch (element) {
        case "component" -> {
          String name = attribute(attributes, "name");
          String pids = attribute(attributes, "configuration-pid");
          classIsPid = false;
          if ("ignore".equals(attribute(attributes, "configuration-policy"))) {
            return; // It reads none.
          }
          for (String pid : (pids == null ? "$" : pids).strip().split("\\s+", -1)) {
            if (!pid.equals("$")) {
              add(pid);
            } else if (name != null) {
              add(name);
            } else {
              classIsPid = true;
            }
          }
        }
        case "implementation" -> {
          if (classIsPid) {
            add(attribute(attributes, "class"));
          }
        }
        case "Designate" -> {
          add(attribute(attributes, "pid"));
          add(attribute(attributes, "factoryPid"));
        }
        default -> {}
      }
    }

    private void add(String pid) {
      if (pid != null && !pid.isBlank()) {
        found.add(pid.strip());
      }
    }

    private static String attribute(Attributes attributes, String name) {
      for (int i = 0; i < attributes.getLength(); i++) {
        if (attributes.getLocalName(i).equals(name)) {
          return attributes.getValue(i);
        }
      }
      return null;
    }
  }
}
