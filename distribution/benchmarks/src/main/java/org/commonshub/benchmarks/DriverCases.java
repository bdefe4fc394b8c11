package org.commonshub.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.modbus.ModbusService;
import org.commonshub.metering.modbus.RegisterMapDriver;
import org.commonshub.metering.sml.SmlDriver;
import org.commonshub.metering.speedwire.SpeedwireDriver;
import org.commonshub.metering.sunspec.SunSpecDriver;

/** The drivers of {@link DriversBench}, each with a device that sends what such devices send. */
final class DriverCases {
  private DriverCases() {}

  static List<DriverCase> all() {
    List<DriverCase> cases = new ArrayList<>();
    cases.add(
        DriverCase.push(
            "sml", new SmlDriver(), "tcp://meter%.example:2001", Map.of(), Telegrams::sml));
    cases.add(
        DriverCase.push(
            "speedwire",
            new SpeedwireDriver(),
            "udp-multicast://239.12.255.%:9522",
            Map.of("interval_ms", "0"),
            Telegrams::speedwire));
    cases.add(
        DriverCase.poll(
            "modbus",
            new RegisterMapDriver(new ModbusService()),
            "tcp://meter%.example:502",
            Map.of("map", "sdm630"),
            Telegrams.modbus(Telegrams::sdm630)));
    cases.add(
        DriverCase.poll(
            "sunspec",
            new SunSpecDriver(new ModbusService()),
            "tcp://meter%.example:502",
            Map.of(),
            Telegrams.modbus(Telegrams::sunspec)));
    return cases;
  }
}
