package org.commonshub.metering.transport;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.ServiceBrowser.Instance;

/** What was heard of services so far (RFC 6763 §4), and what remains to be asked. */
final class Findings {
  /** Instances at most. */
  static final int MOST = 256;

  private static final int MAX_HOSTS = 512;
  private static final int MAX_QUESTIONS = 24;

  private static final class Found {
    private final String type;
    private final Dns.Name name;
    private Dns.Service service;
    private Map<String, String> texts;

    Found(String type, Dns.Name name) {
      this.type = type;
      this.name = name;
    }
  }

  private final Map<Dns.Name, String> types = new LinkedHashMap<>();
  private final Map<Dns.Name, Found> found = new LinkedHashMap<>();
  private final Map<Dns.Name, InetAddress> hosts = new LinkedHashMap<>();

  Findings(List<String> wanted) {
    for (String type : wanted) {
      types.put(Dns.Name.of(type + ".local").key(), type);
    }
  }

  /** Questions for services of the wanted types. */
  List<Dns.Question> first() {
    List<Dns.Question> questions = new ArrayList<>();
    types
        .values()
        .forEach(t -> questions.add(new Dns.Question(Dns.Name.of(t + ".local"), Dns.PTR)));
    return questions;
  }

  /** Questions for what is missing of services heard of. */
  List<Dns.Question> missing() {
    List<Dns.Question> questions = new ArrayList<>();
    for (Found one : found.values()) {
      if (one.service == null) {
        questions.add(new Dns.Question(one.name, Dns.SRV));
      } else if (!hosts.containsKey(one.service.target().key())) {
        questions.add(new Dns.Question(one.service.target(), Dns.A));
        questions.add(new Dns.Question(one.service.target(), Dns.AAAA));
      }
      if (one.texts == null) {
        questions.add(new Dns.Question(one.name, Dns.TXT));
      }
      if (questions.size() >= MAX_QUESTIONS) {
        break;
      }
    }
    return questions;
  }

  /** Takes the records of a message; whether it told anything new. */
  boolean add(List<Dns.Answer> answers) {
    boolean fresh = false;
    // Whose name it is comes first, wherever in the message it stands.
    for (Dns.Answer answer : answers) {
      if (answer.data() instanceof Dns.Pointer pointer) {
        fresh |= pointer(answer.name(), pointer.target());
      }
    }
    for (Dns.Answer answer : answers) {
      if (answer.data() instanceof Dns.Service service) {
        Found one = found.get(answer.name().key());
        if (one != null && one.service == null && service.port() > 0) {
          one.service = service;
          fresh = true;
        }
      } else if (answer.data() instanceof Dns.Texts texts) {
        Found one = found.get(answer.name().key());
        if (one != null && one.texts == null) {
          one.texts = texts.texts();
          fresh = true;
        }
      } else if (answer.data() instanceof Dns.Address address) {
        fresh |= host(answer.name().key(), address.address());
      }
    }
    return fresh;
  }

  private boolean pointer(Dns.Name owner, Dns.Name target) {
    String type = types.get(owner.key());
    if (type == null
        || found.size() >= MOST
        || !target.parent().key().equals(owner.key())
        || target.labels().get(0).isBlank()) {
      return false;
    }
    return found.putIfAbsent(target.key(), new Found(type, target)) == null;
  }

  private boolean host(Dns.Name name, InetAddress address) {
    if (address.isMulticastAddress()
        || address.isAnyLocalAddress()
        || (!(address instanceof Inet4Address) && address.isLinkLocalAddress())) {
      return false; // The last would need to know behind which interface.
    }
    InetAddress known = hosts.get(name);
    if (known == null ? hosts.size() >= MAX_HOSTS : known instanceof Inet4Address) {
      return false;
    }
    if (known != null && !(address instanceof Inet4Address)) {
      return false;
    }
    hosts.put(name, address);
    return true;
  }

  /** Services of which all is known that is needed to reach them. */
  List<Instance> instances() {
    List<Instance> instances = new ArrayList<>();
    for (Found one : found.values()) {
      InetAddress address = one.service == null ? null : hosts.get(one.service.target().key());
      if (address != null) {
        instances.add(
            new Instance(
                one.type,
                one.name.labels().get(0),
                address.getHostAddress(),
                one.service.port(),
                one.texts == null ? Map.of() : Map.copyOf(one.texts)));
      }
    }
    return List.copyOf(instances);
  }
}
