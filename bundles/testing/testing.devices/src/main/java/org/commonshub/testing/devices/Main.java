package org.commonshub.testing.devices;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The simulated home as a program; see {@link Options#USAGE}. */
public final class Main {
  private static final int EXIT_USAGE = 2;
  private static final int EXIT_FAILED = 1;
  private static final int SAVE_SECONDS = 10;

  private Main() {}

  /** Runs until told to stop. */
  public static void main(String... args) throws InterruptedException {
    if (args.length > 0 && args[0].equals("replay")) {
      replay(Arrays.copyOfRange(args, 1, args.length));
      return;
    }
    Options options;
    try {
      options = Options.parse(args);
    } catch (Options.Wrong e) {
      System.err.println(e.getMessage());
      System.exit(EXIT_USAGE);
      return;
    }
    if (options.help()) {
      System.out.print(Options.USAGE);
      return;
    }
    Home home = new Home(options.seed(), options.zone(), options.latitude(), options.longitude());
    Instant start = start(options);
    if (options.once()) {
      System.out.println(describe(home.at(start)));
      return;
    }
    SimulatedClock clock = new SimulatedClock(start, options.speed(), System::nanoTime);
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    try (Simulation simulation =
        new Simulation(home, clock::now, options.portBase(), options.portsFixed())) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    stop.countDown();
                    try {
                      stopped.await(3, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  },
                  "stop"));
      if (!options.detached()) {
        watchInput(stop);
      }
      simulation.devices().forEach(device -> System.out.println(device.json()));
      System.out.println("{\"ready\":true}");
      System.out.flush();
      do {
        save(options, clock, SAVE_SECONDS * 1.1);
      } while (!stop.await(SAVE_SECONDS, TimeUnit.SECONDS));
      save(options, clock, 0);
    } catch (IOException e) {
      System.err.println("The simulated home can't start: " + e.getMessage());
      stopped.countDown();
      System.exit(EXIT_FAILED);
    } finally {
      stopped.countDown();
    }
  }

  private static void replay(String... args) {
    try {
      ReplayOptions options = ReplayOptions.parse(args);
      if (options.help()) {
        System.out.print(ReplayOptions.USAGE);
        return;
      }
      CountDownLatch stop = new CountDownLatch(1);
      watchInput(stop);
      Thread ending =
          new Thread(
              () -> {
                try {
                  stop.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                Runtime.getRuntime().halt(0);
              },
              "end");
      ending.setDaemon(true);
      ending.start();
      ReplayProgram.run(options);
    } catch (Options.Wrong e) {
      System.err.println(e.getMessage());
      System.exit(EXIT_USAGE);
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("The trace can't be replayed: " + e.getMessage());
      System.exit(EXIT_FAILED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Whoever started this holds the other end: it closes when that process ends, however it ends.
   */
  private static void watchInput(CountDownLatch stop) {
    Thread watch =
        new Thread(
            () -> {
              byte[] ignored = new byte[256];
              try {
                while (System.in.read(ignored) >= 0) {
                  // nothing is expected here
                }
              } catch (IOException e) {
                // as good as closed
              }
              stop.countDown();
            },
            "stdin");
    watch.setDaemon(true);
    watch.start();
  }

  private static Instant start(Options options) {
    Instant start = options.start().orElseGet(Instant::now);
    if (options.state().isPresent()) {
      Path file = options.state().get();
      try {
        Instant saved = Instant.parse(Files.readString(file).strip());
        return saved.isAfter(start) ? saved : start;
      } catch (NoSuchFileException e) {
        return start;
      } catch (IOException | DateTimeParseException e) {
        System.err.println("Can't read " + file + " (" + e.getMessage() + "); starting afresh.");
      }
    }
    return start;
  }

  private static void save(Options options, SimulatedClock clock, double aheadSeconds) {
    if (options.state().isEmpty()) {
      return;
    }
    Path file = options.state().get().toAbsolutePath();
    // Ahead of the clock by what could still be shown before the next save.
    Instant at = clock.now().plusMillis((long) (aheadSeconds * 1000 * options.speed()));
    try {
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, at + "\n");
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      System.err.println("Can't write " + file + ": " + e.getMessage());
    }
  }

  private static String describe(HomeState home) {
    return String.format(
        Locale.ROOT,
        """
        {"at":"%s","power":{"grid":%.1f,"pv":%.1f,"battery":%.1f,"wallbox":%.1f,"heatPump":%.1f,\
        "appliances":%.1f,"rest":%.1f},"energy":{"import":%.1f,"export":%.1f,"pv":%.1f,\
        "charge":%.1f,"discharge":%.1f,"wallbox":%.1f,"heatPump":%.1f,"appliances":%.1f,\
        "rest":%.1f},"batterySoc":%.1f,"carSoc":%.1f}""",
        home.at(),
        home.grid().power().sum(),
        home.inverter().power().sum(),
        home.battery().power().sum(),
        home.wallbox().power().sum(),
        home.heatPump().power().sum(),
        home.appliances().power().sum(),
        home.rest().power().sum(),
        home.grid().importWh(),
        home.grid().exportWh(),
        home.inverter().exportWh(),
        home.battery().importWh(),
        home.battery().exportWh(),
        home.wallbox().importWh(),
        home.heatPump().importWh(),
        home.appliances().importWh(),
        home.rest().importWh(),
        home.storage().storedWh() / Home.BATTERY_WH * 100,
        home.vehicle().storedWh() / Home.CAR_WH * 100);
  }
}
