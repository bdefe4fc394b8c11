package org.commonshub.apps.zone;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** Starts the process of a zone. */
interface Launcher {
  /** Why it cannot, in one sentence for people; empty if it can. */
  Optional<String> unavailable();

  /** Whether the process is kept from files, network and other processes. */
  boolean confined();

  /**
   * Starts a process and waits for its connection, at most 15 s. Called on the thread that lives as
   * long as the zone: bubblewrap ends the zone with the thread that started it.
   *
   * @param heapMb largest heap
   */
  Started start(String provider, int heapMb) throws IOException;

  /** A process that has connected. */
  interface Started {
    /** Its connection; not checked yet. */
    SocketChannel channel();

    /** What its hello has to bring; empty where only the right one can be connected. */
    String token();

    /** Told what its hello said of its name; its runtime is ours until apps run in it. */
    default void instance(String name) throws IOException {}

    /** Number of the process here; 0 if it cannot be seen from here. */
    default long pid() {
      return 0;
    }

    /** Last words on its standard error, in one line. */
    default String said() {
      return "";
    }

    /** Why it ended, if that is known: {@code memory}, or empty. */
    default boolean outOfMemory() {
      return false;
    }

    /** Ends it: by itself if it does so within a second, otherwise by force; at most 5 s. */
    void close();
  }
}
