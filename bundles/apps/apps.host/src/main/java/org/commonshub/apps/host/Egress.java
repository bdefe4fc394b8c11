package org.commonshub.apps.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.privacy.api.EnergyData.Grant;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;

/**
 * Where the data may be sent that an app was given, by purpose: kept for as long as the app may
 * hold the data, which is until it is removed or the person opens that purpose under other terms.
 * Any thread.
 */
final class Egress {
  private static final int MOST = 1 << 20;

  private final Path file;
  private Map<Purpose, Set<String>> kept;

  Egress(Path home) {
    file = home.resolve("egress");
  }

  /**
   * Values are about to be handed over under those terms.
   *
   * @throws IOException if it cannot be made certain that this is remembered: hand over nothing
   */
  synchronized void received(Purpose purpose, Terms terms) throws IOException {
    Map<Purpose, Set<String>> now = kept();
    Set<String> hosts = terms.hosts().orElse(null);
    if (java.util.Objects.equals(now.get(purpose), hosts)) {
      return;
    }
    Map<Purpose, Set<String>> then = new EnumMap<>(Purpose.class);
    then.putAll(now);
    if (hosts == null) {
      then.remove(purpose);
    } else {
      then.put(purpose, Set.copyOf(hosts));
    }
    StringBuilder text = new StringBuilder();
    then.forEach(
        (of, to) -> {
          text.append(of);
          new TreeSet<>(to).forEach(host -> text.append(' ').append(host));
          text.append('\n');
        });
    DurableFiles.privateDirectory(file.toAbsolutePath().getParent());
    DurableFiles.write(file, text.toString().getBytes(StandardCharsets.US_ASCII), true);
    kept = then;
  }

  /**
   * Why nothing may be sent to a host; empty if it may.
   *
   * @param grants what stands at the gate now
   */
  synchronized Optional<String> refusal(String host, List<Grant> grants) {
    Map<Purpose, Set<String>> restricted;
    try {
      restricted = new EnumMap<>(Purpose.class);
      restricted.putAll(kept());
    } catch (IOException e) {
      return Optional.of("The hub cannot tell where this app's data may go: " + e.getMessage());
    }
    for (Grant grant : grants) {
      if (grant.state() == Grant.State.OPEN) {
        Set<String> hosts = grant.terms().hosts().orElse(null);
        if (hosts == null) {
          restricted.remove(grant.purpose());
        } else {
          restricted.put(grant.purpose(), hosts);
        }
      }
    }
    for (Map.Entry<Purpose, Set<String>> entry : restricted.entrySet()) {
      if (!entry.getValue().contains(host)) {
        return Optional.of(
            "The app was given data that may "
                + (entry.getValue().isEmpty() ? "not leave this hub." : "not go to " + host + "."));
      }
    }
    return Optional.empty();
  }

  private Map<Purpose, Set<String>> kept() throws IOException {
    if (kept == null) {
      Map<Purpose, Set<String>> read = new EnumMap<>(Purpose.class);
      try {
        String text = new String(DurableFiles.read(file, MOST), StandardCharsets.US_ASCII);
        for (String line : text.split("\n", -1)) {
          if (!line.isEmpty()) {
            String[] words = line.split(" ", -1);
            Set<String> hosts = new HashSet<>(List.of(words));
            hosts.remove(words[0]);
            read.put(Purpose.valueOf(words[0]), hosts);
          }
        }
      } catch (NoSuchFileException e) {
        // It was given nothing that is restricted.
      } catch (IllegalArgumentException e) {
        throw new IOException(file + " is damaged.", e);
      }
      kept = read;
    }
    return kept;
  }
}
