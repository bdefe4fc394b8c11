package org.commonshub.apps.sandbox.check;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.XMLConstants;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.Attributes;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * What a descriptor of a component (OSGi Declarative Services) or of settings (Metatype) names,
 * whatever the namespace of its elements is.
 */
public final class Descriptors extends DefaultHandler {
  /** Largest descriptor. */
  public static final int MAX_BYTES = 1 << 20;

  /** A component: its class, and the methods and fields of it that are called and set by name. */
  record Component(String implementation, Set<String> members) {}

  private final Set<String> pids = new TreeSet<>();
  private final List<Component> components = new ArrayList<>();
  private boolean classIsPid;
  private Set<String> members = new TreeSet<>();

  private Descriptors() {}

  /**
   * Reads a descriptor.
   *
   * @throws IOException if it is none
   */
  public static Descriptors read(byte[] descriptor) throws IOException {
    Descriptors found = new Descriptors();
    try {
      SAXParserFactory factory = SAXParserFactory.newInstance();
      factory.setNamespaceAware(true);
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.newSAXParser().parse(new ByteArrayInputStream(descriptor), found);
      return found;
    } catch (SAXException | ParserConfigurationException | RuntimeException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Names of the settings it reads or shows. */
  public Set<String> pids() {
    return pids;
  }

  List<Component> components() {
    return components;
  }

  @Override
  public void startElement(String uri, String element, String prefixed, Attributes attributes) {
    switch (element) {
      case "component" -> {
        members = new TreeSet<>();
        for (String method : List.of("activate", "deactivate", "modified")) {
          member(attribute(attributes, method));
        }
        String fields = attribute(attributes, "activation-fields");
        for (String field : (fields == null ? "" : fields).strip().split("\\s+")) {
          member(field.isEmpty() ? null : field);
        }
        component(attributes);
      }
      case "implementation" -> {
        String type = attribute(attributes, "class");
        if (classIsPid) {
          add(type);
        }
        components.add(new Component(type == null ? "" : type.strip(), members));
      }
      case "reference" -> {
        for (String member : List.of("bind", "unbind", "updated", "field")) {
          member(attribute(attributes, member));
        }
      }
      case "Designate" -> {
        add(attribute(attributes, "pid"));
        add(attribute(attributes, "factoryPid"));
      }
      default -> {}
    }
  }

  private void component(Attributes attributes) {
    String name = attribute(attributes, "name");
    String given = attribute(attributes, "configuration-pid");
    classIsPid = false;
    if ("ignore".equals(attribute(attributes, "configuration-policy"))) {
      return; // It reads none.
    }
    for (String pid : (given == null ? "$" : given).strip().split("\\s+", -1)) {
      if (!pid.equals("$")) {
        add(pid);
      } else if (name != null) {
        add(name);
      } else {
        classIsPid = true;
      }
    }
  }

  private void member(String name) {
    if (name != null) {
      members.add(name.strip());
    }
  }

  private void add(String pid) {
    if (pid != null && !pid.isBlank()) {
      pids.add(pid.strip());
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
