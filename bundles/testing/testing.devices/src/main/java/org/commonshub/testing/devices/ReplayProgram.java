package org.commonshub.testing.devices;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The replay device as a program; see {@link ReplayOptions#USAGE}. */
final class ReplayProgram {
  private static final Duration PATIENCE = Duration.ofDays(365);

  private ReplayProgram() {}

  /** Plays until the trace is over; whoever interrupts its thread ends it sooner. */
  static void run(ReplayOptions options) throws IOException, InterruptedException {
    Trace trace = Trace.read(options.trace(), options.text(), options.start());
    if (trace.steps().isEmpty()) {
      throw new IOException(options.trace() + " has no message in it");
    }
    try (ReplayDevice device =
        options.terminal().isPresent()
            ? ReplayDevice.terminal(options.terminal().get())
            : ReplayDevice.tcp(options.port())) {
      String endpoint =
          options.terminal().isPresent()
              ? "serial:" + options.terminal().get()
              : "tcp://127.0.0.1:" + device.port();
      System.out.println(
          "{\"name\":\"Replay\",\"endpoint\":\""
              + endpoint.replace("\\", "\\\\").replace("\"", "\\\"")
              + "\"}");
      System.out.println("{\"ready\":true}");
      System.out.flush();
      for (int time = 0; options.times() == 0 || time < options.times(); time++) {
        List<Replay.Action> actions =
            Replay.of(trace, options.faults(), options.share(), options.seed() + time);
        device.play(paced(actions, options.intervalMillis()), PATIENCE);
      }
    }
  }

  private static List<Replay.Action> paced(List<Replay.Action> actions, int millis) {
    List<Replay.Action> paced = new ArrayList<>();
    for (Replay.Action action : actions) {
      paced.add(action);
      // Single bytes of a message that is split are not messages.
      if (millis > 0 && action instanceof Replay.Send send && send.bytes().length > 1) {
        paced.add(new Replay.Pause(millis));
      }
    }
    return paced;
  }
}
