package org.commonshub.testing.devices;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Command line of the replay device.
 *
 * @param trace file that was captured
 * @param text whether it is of the text form of {@link Trace}
 * @param start what each message of a binary file begins with
 * @param port port to listen on, 0 for any
 * @param terminal serial port or pseudo-terminal instead
 * @param faults what goes wrong
 * @param share of the messages it happens to
 * @param intervalMillis pause between messages
 * @param times how often the trace is played; 0 for ever
 */
record ReplayOptions(
    Path trace,
    boolean text,
    byte[] start,
    int port,
    Optional<Path> terminal,
    Set<ReplayFault> faults,
    double share,
    long seed,
    int intervalMillis,
    int times,
    boolean help) {
  static final String USAGE =
      """
      Replays what a device sent, on a TCP port of 127.0.0.1 or into a serial port.
      Prints one line of JSON with its endpoint, then {"ready":true}. Ends when the trace
      is over, on SIGTERM and when its standard input is closed.

      replay TRACE [options]

        --binary           TRACE is bytes as captured (default: lines of hexadecimal bytes;
                           an empty line ends a message, '+ 250' waits 250 ms,
                           '> 10 5b 01 5c 16' waits for that request, '#' begins a comment)
        --start HEX        what each message of a binary trace begins with
        --port N           port to listen on (default 0: any free one)
        --terminal PATH    serial port or pseudo-terminal instead; stty sets its line
        --fault NAMES      what goes wrong, separated by commas: late, cut, lost, repeated,
                           stuttered, corrupted, garbled, reordered, shuffled, noise,
                           merged, split, disconnect
        --share X          of the messages it happens to (default 0.5)
        --seed N           which of them, and how (default 1)
        --interval MS      pause between messages (default 1000)
        --times N          plays the trace so often (default 0: until stopped)
        --help             this text
      """;

  static ReplayOptions parse(String... args) throws Options.Wrong {
    Path trace = null;
    boolean text = true;
    byte[] start = {};
    int port = 0;
    Optional<Path> terminal = Optional.empty();
    Set<ReplayFault> faults = EnumSet.noneOf(ReplayFault.class);
    double share = 0.5;
    long seed = 1;
    int interval = 1000;
    int times = 0;
    boolean help = false;
    for (int i = 0; i < args.length; i++) {
      String name = args[i];
      switch (name) {
        case "--help", "-h" -> help = true;
        case "--binary" -> text = false;
        case "--start" -> {
          try {
            start = Trace.hex(Options.value(name, args, ++i), 1);
          } catch (IllegalArgumentException e) {
            throw new Options.Wrong("--start takes hexadecimal bytes, for example 1b1b1b1b");
          }
        }
        case "--port" -> port = (int) Options.number(name, args, ++i, 0, 65_535);
        case "--terminal" -> terminal = Optional.of(Path.of(Options.value(name, args, ++i)));
        case "--fault" -> {
          for (String each : Options.value(name, args, ++i).split(",", -1)) {
            faults.add(fault(each));
          }
        }
        case "--share" -> share = Options.number(name, args, ++i, 0, 1);
        case "--seed" -> seed = (long) Options.number(name, args, ++i, 0, 1e15);
        case "--interval" -> interval = (int) Options.number(name, args, ++i, 0, 3_600_000);
        case "--times" -> times = (int) Options.number(name, args, ++i, 0, 1_000_000_000);
        default -> {
          if (name.startsWith("-") || trace != null) {
            throw new Options.Wrong("unknown option " + name + "; see replay --help");
          }
          trace = Path.of(name);
        }
      }
    }
    if (trace == null && !help) {
      throw new Options.Wrong("replay needs the file of a trace; see replay --help");
    }
    return new ReplayOptions(
        trace, text, start, port, terminal, faults, share, seed, interval, times, help);
  }

  private static ReplayFault fault(String name) throws Options.Wrong {
    for (ReplayFault fault : ReplayFault.values()) {
      if (fault.name().toLowerCase(Locale.ROOT).equals(name)) {
        return fault;
      }
    }
    throw new Options.Wrong("--fault " + name + " is none; see replay --help");
  }
}
