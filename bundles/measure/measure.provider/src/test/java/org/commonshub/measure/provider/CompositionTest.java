package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quality;
import org.junit.jupiter.api.Test;

class CompositionTest {
  private final List<Device> devices = new ArrayList<>();
  private final Map<DeviceId, Composition.Leg> legs = new HashMap<>();

  private DeviceId add(DeviceRole role, DeviceId parent, long taken, long given) {
    DeviceId id = DeviceId.random();
    devices.add(new Device(id, role.name(), role, Optional.ofNullable(parent), 0));
    if (taken >= 0) {
      legs.put(id, new Composition.Leg(taken, given, 0));
    }
    return id;
  }

  private Composition compose() {
    Composition sums = Composition.of(devices, legs::get, 0);
    assertThat(sums.production() + sums.gridImport() + sums.discharge())
        .isEqualTo(sums.consumption() + sums.gridExport() + sums.charge());
    return sums;
  }

  @Test
  void aHomeWithEverything() {
    add(DeviceRole.GRID_METER, null, 0, 1_000);
    add(DeviceRole.PV, null, 0, 5_000);
    add(DeviceRole.BATTERY, null, 1_500, 0);
    add(DeviceRole.EV_CHARGER, null, 2_000, 0);
    Composition sums = compose();
    assertThat(sums).isEqualTo(new Composition(5_000, 2_500, 0, 1_000, 1_500, 0, 500, 0));
  }

  @Test
  void nestedMetersAreNotSummedTwice() {
    add(DeviceRole.GRID_METER, null, 3_000, 0);
    DeviceId flat = add(DeviceRole.SUB_METER, null, 2_000, 0);
    add(DeviceRole.HEAT_PUMP, flat, 1_500, 0);
    Composition sums = compose();
    assertThat(sums.residual()).isEqualTo(1_000);
    assertThat(sums.consumption()).isEqualTo(3_000);
  }

  @Test
  void aSilentMeterInBetweenIsPassedOver() {
    add(DeviceRole.GRID_METER, null, 3_000, 0);
    DeviceId flat = add(DeviceRole.SUB_METER, null, -1, 0);
    add(DeviceRole.HEAT_PUMP, flat, 1_500, 0);
    assertThat(compose().residual()).isEqualTo(1_500);
  }

  @Test
  void productionBehindASubMeterCounts() {
    add(DeviceRole.GRID_METER, null, 0, 3_000);
    DeviceId barn = add(DeviceRole.SUB_METER, null, 0, 3_500);
    add(DeviceRole.PV, barn, 0, 4_000);
    Composition sums = compose();
    assertThat(sums.production()).isEqualTo(4_000);
    assertThat(sums.consumption()).isEqualTo(1_000);
    assertThat(sums.residual()).isEqualTo(500);
  }

  @Test
  void aHybridInverterWithItsBattery() {
    // 3 kWh from the modules, 2 kWh into the battery: 1 kWh leaves the inverter.
    add(DeviceRole.GRID_METER, null, 500, 0);
    DeviceId inverter = add(DeviceRole.PV, null, 0, 1_000);
    add(DeviceRole.BATTERY, inverter, 2_000, 0);
    Composition sums = compose();
    assertThat(sums.production()).isEqualTo(3_000);
    assertThat(sums.charge()).isEqualTo(2_000);
    assertThat(sums.consumption()).isEqualTo(1_500);
    assertThat(sums.residual()).isEqualTo(1_500);
  }

  @Test
  void chargingAndDischargingInOneIntervalAreBothKept() {
    add(DeviceRole.GRID_METER, null, 100, 50);
    add(DeviceRole.BATTERY, null, 300, 200);
    Composition sums = compose();
    assertThat(sums.charge()).isEqualTo(300);
    assertThat(sums.discharge()).isEqualTo(200);
    assertThat(sums.gridImport()).isEqualTo(100);
    assertThat(sums.gridExport()).isEqualTo(50);
    assertThat(sums.consumption()).isEqualTo(-50);
    assertThat(sums.flags()).isEqualTo(Quality.OUT_OF_RANGE);
  }

  @Test
  void contradictingMetersAreFlagged() {
    add(DeviceRole.GRID_METER, null, 1_000, 0);
    add(DeviceRole.LOAD, null, 1_200, 0);
    assertThat(compose().residual()).isEqualTo(-200);
    assertThat(compose().flags()).isEqualTo(Quality.OUT_OF_RANGE);
    assertThat(Composition.of(devices, legs::get, 200).flags()).isZero();
  }

  @Test
  void withoutAGridMeterTheRestCrossesTheGrid() {
    add(DeviceRole.PV, null, 0, 3_000);
    add(DeviceRole.LOAD, null, 1_000, 0);
    Composition sums = compose();
    assertThat(sums.gridExport()).isEqualTo(2_000);
    assertThat(sums.consumption()).isEqualTo(1_000);
    assertThat(sums.residual()).isZero();
    assertThat(sums.flags()).isEqualTo(Quality.ESTIMATED);
  }

  @Test
  void gasAndSensorsTakeNoPart() {
    add(DeviceRole.GRID_METER, null, 1_000, 0);
    add(DeviceRole.GAS_METER, null, 9_000, 0);
    add(DeviceRole.SENSOR, null, 9_000, 0);
    assertThat(compose().consumption()).isEqualTo(1_000);
  }

  @Test
  void aLoadUnderTheGridMeterIsATopLevelOneAndCirclesAreCut() {
    DeviceId grid = add(DeviceRole.GRID_METER, null, 1_000, 0);
    add(DeviceRole.LOAD, grid, 400, 0);
    DeviceId a = DeviceId.random();
    DeviceId b = DeviceId.random();
    devices.add(new Device(a, "a", DeviceRole.LOAD, Optional.of(b), 0));
    devices.add(new Device(b, "b", DeviceRole.LOAD, Optional.of(a), 0));
    legs.put(a, new Composition.Leg(100, 0, 0));
    legs.put(b, new Composition.Leg(100, 0, 0));
    assertThat(compose().residual()).isEqualTo(400);
  }

  @Test
  void anyTreeBalances() {
    Random random = new Random(5);
    DeviceRole[] roles = DeviceRole.values();
    for (int round = 0; round < 3_000; round++) {
      devices.clear();
      legs.clear();
      List<DeviceId> ids = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        DeviceId parent =
            !ids.isEmpty() && random.nextBoolean() ? ids.get(random.nextInt(ids.size())) : null;
        ids.add(
            add(
                roles[random.nextInt(roles.length)],
                parent,
                random.nextInt(6) == 0 ? -1 : random.nextInt(1_000),
                random.nextInt(1_000)));
      }
      Composition sums = compose();
      assertThat(sums.production()).isNotNegative();
      assertThat(sums.charge()).isNotNegative();
      assertThat(sums.discharge()).isNotNegative();
    }
  }
}
