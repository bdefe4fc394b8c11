package org.commonshub.neighbour.api;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.commonshub.identity.api.KeyLog;
import org.osgi.annotation.versioning.ProviderType;

/** The hubs this one talks to. At most 64. Any thread; nothing here waits for the network. */
@ProviderType
public interface Neighbours {
  /** Largest question or answer in bytes. */
  int MAX_BYTES = 64 * 1024;

  /** All, in the order in which they were entered. */
  List<Neighbour> list();

  /** One. */
  Optional<Neighbour> find(String did);

  /**
   * A neighbour's key log as it last proved it, verified and held against the one before; empty
   * until both sides have spoken once. Survives restarts.
   */
  Optional<KeyLog> keyLog(String did);

  /**
   * Enters a neighbour; durable when it returns.
   *
   * @param card what its console shows ({@code commonshub:DID?key=MULTIKEY}), or its DID
   * @throws IOException if the card is not one, it is this hub, there are 64 already or the disk
   *     refuses; the message is for people
   */
  Neighbour add(String card, String name, String host, int port) throws IOException;

  /** Forgets a neighbour and closes its connections. */
  void remove(String did) throws IOException;

  /**
   * Asks a neighbour. Completes on a thread of the transport: return from it at once.
   *
   * @param question at most {@link #MAX_BYTES}
   * @return its answer; or exceptionally, within 10 s, a {@link NeighbourException}
   */
  CompletionStage<byte[]> ask(String did, Topic topic, byte[] question);
}
