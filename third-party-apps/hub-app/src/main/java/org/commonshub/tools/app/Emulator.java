package org.commonshub.tools.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.apps.catalogue.MetadataException;
import org.commonshub.apps.catalogue.SigningKey;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.tools.cli.Arguments;
import org.commonshub.tools.cli.LocalCatalogue;
import org.commonshub.tools.cli.Output;
import org.commonshub.tools.cli.Packages;
import org.commonshub.tools.cli.Refused;

/** A hub with a simulated home that follows a catalogue of one app. */
final class Emulator {
  private Emulator() {}

  static void run(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    Path jar = Path.of(arguments.at(0, "PACKAGE"));
    Path data = Path.of(arguments.option("data").orElse(".hub-app")).toAbsolutePath().normalize();
    AppManifest manifest = Packages.check(jar, out).manifest();
    Path config = Files.createDirectories(data.resolve("config"));
    try {
      LocalCatalogue catalogue = new LocalCatalogue(data.resolve("catalogue"), "hub-app run");
      catalogue.list(jar);
      Files.writeString(config.resolve("org.commonshub.apps.catalogue.json"), catalogue.settings());
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage());
    }
    Path run = Path.of(System.getProperty("hub.root", ".")).resolve("run");
    if (!Files.isExecutable(run)) {
      throw Refused.because(
          "There is no hub beside this tool (" + run + "). Start it by third-party-apps/hub-app.");
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                run.toString(),
                "--data",
                data.resolve("data").toString(),
                "--config",
                config.toString()));
    arguments.option("port").ifPresent(port -> command.addAll(List.of("--port", port)));
    out.line(
        "Starting a hub that offers "
            + manifest.id()
            + " "
            + manifest.version()
            + ". Ctrl-C stops it. Open the address, claim it, go to Apps.");
    Process hub = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(hub::destroy));
    try {
      int exit = hub.waitFor();
      if (exit != 0) {
        throw Refused.because("The hub ended with code " + exit + ".");
      }
    } catch (InterruptedException e) {
      hub.destroy();
      Thread.currentThread().interrupt();
    }
  }

  /** The key that plays provider and operator in an emulator's folder. */
  static SigningKey key(Path data) throws IOException, Refused {
    return LocalCatalogue.keyOf(data.resolve("catalogue"))
        .orElseThrow(() -> Refused.because("There is no emulator in " + data + "."));
  }
}
