package org.commonshub.platform.config;

import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UnsupportedEncodingException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.xml.XMLConstants;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.commonshub.platform.config.Metatype.Attribute;
import org.commonshub.platform.config.Metatype.Kind;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Reads a metatype descriptor (OSGi Compendium 8, §105.7). The hub reads descriptors itself: {@code
 * MetaTypeService} hides minimum and maximum, which people need to be told.
 */
final class MetatypeReader {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_ATTRIBUTES = 512;

  private MetatypeReader() {}

  /**
   * Reads one descriptor.
   *
   * @param localise text for a {@code %key}; the key itself when there is none
   * @throws IOException if it is too large or not a descriptor
   */
  static List<Metatype> read(InputStream in, Function<String, String> localise) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new IOException("metatype descriptor is larger than " + MAX_BYTES + " bytes");
    }
    Handler handler = new Handler(localise);
    try {
      SAXParserFactory factory = SAXParserFactory.newDefaultInstance();
      factory.setNamespaceAware(true);
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory
          .newSAXParser()
          .parse(new InputSource(new java.io.ByteArrayInputStream(bytes)), handler);
    } catch (SAXException
        | ParserConfigurationException
        | NumberFormatException
        | CharConversionException
        | UnsupportedEncodingException e) {
      throw new IOException("not a metatype descriptor: " + e.getMessage(), e);
    }
    return handler.result();
  }

  /** Splits a default: commas separate values, a backslash escapes, blanks around are dropped. */
  static List<String> split(String text, boolean list) {
    if (!list) {
      return List.of(text);
    }
    List<String> values = new ArrayList<>();
    StringBuilder value = new StringBuilder();
    int keep = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        value.append(text.charAt(++i));
        keep = value.length();
      } else if (c == ',') {
        values.add(trimmed(value, keep));
        value.setLength(0);
        keep = 0;
      } else if (value.length() > 0 || !Character.isWhitespace(c)) {
        value.append(c);
      }
    }
    if (!values.isEmpty() || value.length() > 0) {
      values.add(trimmed(value, keep));
    }
    return List.copyOf(values);
  }

  private static String trimmed(StringBuilder value, int keep) {
    int end = value.length();
    while (end > keep && Character.isWhitespace(value.charAt(end - 1))) {
      end--;
    }
    return value.substring(0, end);
  }

  private static final class Handler extends DefaultHandler {
    private record Class(String name, String description, Map<String, Attribute> attributes) {}

    private record Designate(String pid, boolean factory) {}

    private final Function<String, String> localise;
    private final Map<String, Class> classes = new LinkedHashMap<>();
    private final Map<Designate, String> designates = new LinkedHashMap<>();
    private Class ocd;
    private Attributes ad;
    private final Map<String, String> options = new LinkedHashMap<>();
    private Designate designate;

    Handler(Function<String, String> localise) {
      this.localise = localise;
    }

    @Override
    public void startElement(String uri, String local, String qualified, Attributes a)
        throws SAXException {
      switch (local) {
        case "OCD" -> {
          String id = required(a, "id");
          ocd = new Class(text(a, "name", id), text(a, "description", ""), new LinkedHashMap<>());
          classes.put(id, ocd);
        }
        case "AD" -> {
          ad = new org.xml.sax.helpers.AttributesImpl(a);
          options.clear();
        }
        case "Option" -> {
          String value = required(a, "value");
          options.put(value, text(a, "label", value));
        }
        case "Designate" -> {
          String factory = a.getValue("factoryPid");
          designate =
              factory != null
                  ? new Designate(factory, true)
                  : new Designate(required(a, "pid"), false);
        }
        case "Object" -> {
          if (designate != null) {
            designates.put(designate, required(a, "ocdref"));
          }
        }
        default -> {
          // MetaData, Icon and extensions say nothing about values
        }
      }
    }

    @Override
    public void endElement(String uri, String local, String qualified) throws SAXException {
      if (local.equals("AD") && ocd != null && ad != null) {
        if (ocd.attributes.size() >= MAX_ATTRIBUTES) {
          throw new SAXException("more than " + MAX_ATTRIBUTES + " attributes");
        }
        String id = required(ad, "id");
        Kind kind = Kind.of(Optional.ofNullable(ad.getValue("type")).orElse("String"));
        String cardinality = ad.getValue("cardinality");
        boolean list = cardinality != null && Integer.parseInt(cardinality.strip()) != 0;
        String text = ad.getValue("default");
        ocd.attributes.put(
            id,
            new Attribute(
                id,
                text(ad, "name", id),
                text(ad, "description", ""),
                kind,
                list,
                // An empty list is a default, too, though it holds no value.
                !"false".equals(ad.getValue("required")) && !(list && text != null),
                text == null ? List.of() : split(text, list),
                Collections.unmodifiableMap(new LinkedHashMap<>(options)),
                bound(ad, "min"),
                bound(ad, "max")));
        ad = null;
      } else if (local.equals("OCD")) {
        ocd = null;
      } else if (local.equals("Designate")) {
        designate = null;
      }
    }

    List<Metatype> result() {
      List<Metatype> types = new ArrayList<>();
      designates.forEach(
          (target, ref) -> {
            Class found = classes.get(ref);
            if (found != null) {
              types.add(
                  new Metatype(
                      target.pid,
                      target.factory,
                      found.name,
                      found.description,
                      Collections.unmodifiableMap(found.attributes)));
            }
          });
      return types;
    }

    private static Optional<BigDecimal> bound(Attributes a, String name) {
      String value = a.getValue(name);
      return value == null || value.isBlank()
          ? Optional.empty()
          : Optional.of(new BigDecimal(value.strip()));
    }

    private String text(Attributes a, String name, String otherwise) {
      String value = a.getValue(name);
      if (value == null || value.isEmpty()) {
        return otherwise;
      }
      return value.startsWith("%") ? localise.apply(value.substring(1)) : value;
    }

    private static String required(Attributes a, String name) throws SAXException {
      String value = a.getValue(name);
      if (value == null || value.isBlank()) {
        throw new SAXException("attribute " + name + " is missing");
      }
      return value;
    }
  }
}
