package org.commonshub.testing.devices;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** The devices of one home, answering on loopback. */
final class Simulation implements Closeable {
  /**
   * A device as the hub would be told about it.
   *
   * @param settings driver settings, JSON members
   */
  record Device(String name, String role, String driver, int port, String settings) {
    String json() {
      return "{\"name\":\""
          + name
          + "\",\"role\":\""
          + role
          + "\",\"driver\":\""
          + driver
          + "\",\"endpoint\":\"tcp://127.0.0.1:"
          + port
          + "\",\"settings\":{"
          + settings
          + "},\"interval_ms\":1000}";
    }
  }

  private static final String EASTRON_3 = "\"map\":\"sdm630\",";
  private static final String EASTRON_1 = "\"map\":\"sdm120\",";
  private static final String WALLBOX = "\"map\":\"simulated-evse\",";

  private final ModbusServer server;
  private final List<Device> devices = new ArrayList<>();
  private final Home home;
  private final Supplier<Instant> clock;
  private final int portBase;
  private final boolean portsFixed;

  /**
   * Opens the ports and answers.
   *
   * @param clock asked once per request, in the server's thread
   * @param portBase first of five ports, or 0 for free ones
   * @param portsFixed whether a taken port is an error
   */
  Simulation(Home home, Supplier<Instant> clock, int portBase, boolean portsFixed)
      throws IOException {
    this.home = home;
    this.clock = clock;
    this.portBase = portBase;
    this.portsFixed = portsFixed;
    server = new ModbusServer();
    try {
      // The first state is worked out before anyone waits for it.
      home.at(clock.get());
      int grid = listen(0, Map.of(1, input(state -> Eastron.sdm630(state.grid()))));
      devices.add(new Device("Grid meter", "GRID_METER", "modbus", grid, EASTRON_3 + unit(1)));
      int pv = listen(1, Map.of(1, table(SunSpec.BASE, SunSpec::inverter)));
      devices.add(new Device("Solar inverter", "PV", "sunspec", pv, unit(1)));
      int battery = listen(2, Map.of(1, table(SunSpec.BASE, SunSpec::battery)));
      devices.add(new Device("Home battery", "BATTERY", "sunspec", battery, unit(1)));
      int wallbox = listen(3, Map.of(1, table(0, Wallbox::registers)));
      devices.add(new Device("Wallbox", "EV_CHARGER", "modbus", wallbox, WALLBOX + unit(1)));
      int loads =
          listen(
              4,
              Map.of(
                  11,
                  input(state -> Eastron.sdm120(state.heatPump(), 2)),
                  12,
                  input(state -> Eastron.sdm120(state.appliances(), 0))));
      devices.add(new Device("Heat pump", "HEAT_PUMP", "modbus", loads, EASTRON_1 + unit(11)));
      devices.add(new Device("Kitchen and laundry", "LOAD", "modbus", loads, EASTRON_1 + unit(12)));
      server.start();
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static String unit(int unit) {
    return "\"unit\":\"" + unit + "\"";
  }

  List<Device> devices() {
    return List.copyOf(devices);
  }

  private int listen(int index, Map<Integer, Registers> units) throws IOException {
    InetAddress loopback = InetAddress.getByAddress("127.0.0.1", new byte[] {127, 0, 0, 1});
    int wanted = portBase == 0 ? 0 : portBase + index;
    try {
      return server.listen(new InetSocketAddress(loopback, wanted), units);
    } catch (BindException e) {
      if (portsFixed) {
        throw new IOException(
            "Port "
                + wanted
                + " on 127.0.0.1 is taken. Choose another --port-base, or 0 for any free ports.",
            e);
      }
      return server.listen(new InetSocketAddress(loopback, 0), units);
    }
  }

  /** A table that holding and input registers share. */
  private Registers table(int base, Function<HomeState, int[]> words) {
    return (function, address, count) -> {
      int[] all = words.apply(home.at(clock.get()));
      int from = address - base;
      if (from < 0 || from + count > all.length) {
        throw new ModbusRefusal(ModbusRefusal.ILLEGAL_ADDRESS);
      }
      int[] part = new int[count];
      System.arraycopy(all, from, part, 0, count);
      return part;
    };
  }

  /** Input registers from 0; a meter without holding registers to read. */
  private Registers input(Function<HomeState, int[]> words) {
    Registers table = table(0, words);
    return (function, address, count) -> {
      if (function != 4) {
        throw new ModbusRefusal(ModbusRefusal.ILLEGAL_ADDRESS);
      }
      return table.read(function, address, count);
    };
  }

  @Override
  public void close() {
    server.close();
  }
}
