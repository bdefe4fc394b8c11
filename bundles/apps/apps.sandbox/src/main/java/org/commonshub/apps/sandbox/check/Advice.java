package org.commonshub.apps.sandbox.check;

import java.util.List;
import java.util.Map;
import org.commonshub.apps.sandbox.check.ClassFile.Ref;

/** What its author may do instead. */
final class Advice {
  /** By the beginning of the name of the class; the first that fits. */
  private static final List<Map.Entry<String, String>> ADVICE =
      List.of(
          Map.entry("java/lang/Thread", "use AppTimers; a driver is called by the hub"),
          Map.entry("java/util/Timer", "use AppTimers; a driver is called by the hub"),
          Map.entry("java/util/concurrent/", "nothing runs on threads of its own; use AppTimers"),
          Map.entry("java/io/", "nothing of the file system is there; use AppStore"),
          Map.entry("java/nio/file/", "nothing of the file system is there; use AppStore"),
          Map.entry("java/net/", "use AppHttp; a driver uses its DriverContext"),
          Map.entry("java/nio/channels/", "use AppHttp; a driver uses its DriverContext"),
          Map.entry("java/lang/System", "nothing of the process is there; use AppHome and AppLog"),
          Map.entry("java/lang/reflect/", "there is no reflection"),
          Map.entry("java/lang/invoke/", "there is no reflection"),
          Map.entry("java/lang/Class", "there is no reflection"),
          Map.entry("java/util/logging/", "use AppLog"),
          Map.entry("org/slf4j/", "use AppLog"));

  private Advice() {}

  static String of(Ref ref, String whom) {
    for (Map.Entry<String, String> entry : ADVICE) {
      if (ref.owner().startsWith(entry.getKey())) {
        return "It is not for " + whom + ": " + entry.getValue() + ".";
      }
    }
    return "It is not for " + whom + ".";
  }
}
