package org.commonshub.apps.zone;

import java.util.List;

/** Options of a small virtual machine; bin/zone has the same. */
final class JavaOptions {
  private JavaOptions() {}

  static List<String> of(int heapMb) {
    return List.of(
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xms8m",
        "-Xmn3m",
        "-Xmx" + heapMb + "m",
        "-Xss256k",
        "-XX:MinHeapFreeRatio=10",
        "-XX:MaxHeapFreeRatio=25",
        "-XX:MaxMetaspaceSize=48m",
        "-XX:ReservedCodeCacheSize=12m",
        "-XX:MaxDirectMemorySize=4m",
        "-XX:-UsePerfData",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:+DisableAttachMechanism",
        "-Xshare:auto",
        "-Djava.awt.headless=true",
        "-Djdk.nio.maxCachedBufferSize=65536");
  }
}
