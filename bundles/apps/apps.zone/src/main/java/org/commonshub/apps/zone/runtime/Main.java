package org.commonshub.apps.zone.runtime;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs a zone until the hub hangs up. The connection is standard input (systemd hands it over), or
 * the socket that property {@code commonshub.zone.socket} names, with a token on standard input.
 */
public final class Main {
  private Main() {}

  /** See class comment. */
  public static void main(String[] args) {
    try {
      run();
    } catch (Throwable e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
    // Whatever an app left running ends here.
    Runtime.getRuntime().halt(0);
  }

  private static void run() throws Exception {
    String socket = System.getProperty("commonshub.zone.socket");
    String token = "";
    SocketChannel channel;
    if (socket == null) {
      if (!(System.inheritedChannel() instanceof SocketChannel inherited)) {
        throw new IOException("standard input is no connection; only the hub starts zones");
      }
      channel = inherited;
    } else {
      token =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))
              .readLine();
      channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }
    HubLink link = new HubLink(channel);
    Path storage = Files.createTempDirectory("zone");
    Apps apps = new Apps(link, ZoneFramework.start(storage.resolve("cache")), storage);
    link.hello(token, System.getProperty("commonshub.zone.instance", ""));
    link.run(apps::request);
  }
}
