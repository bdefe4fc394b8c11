package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsBuilder;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is asked, chosen and laid down: what is released is within each side's terms. */
@Timeout(300)
class WithinTermsTest {
  private static final ZoneId ROME = ZoneId.of("Europe/Rome");
  private static final Granularity[] STEPS = {
    Granularity.SECOND,
    Granularity.TEN_SECONDS,
    Granularity.MINUTE,
    Granularity.QUARTER_HOUR,
    Granularity.HOUR
  };

  @TempDir Path root;
  private final Random random = new Random(5);
  private int released;

  @Test
  void whatIsReleasedIsWithinEverySide() throws Exception {
    try (House house = new House(root)) {
      for (int i = 0; i < 3 * 3600; i += 3) {
        house.clock.advance(Duration.ofSeconds(3));
        house.frame(house.meter, random.nextInt(3000), i);
        house.frame(house.pump, random.nextInt(2000), i / 2);
      }
      Path floors = Files.createDirectories(root.resolve("config/privacy/floor"));
      for (int i = 0; i < 120; i++) {
        Terms floor = side(house, Terms.ANY.toBuilder()).build();
        Files.writeString(floors.resolve("floor.json"), TermsCodec.json(floor) + " ".repeat(i));
        house.gate.consents().bounds().floor().refresh();
        Terms asked =
            side(house, house.terms(Purpose.ADVICE))
                .history(Duration.ofMinutes(random.nextInt(300)))
                .build();
        Terms choice = side(house, Terms.ANY.toBuilder()).build();
        Recipient recipient = new Recipient(Recipient.Kind.APP, "com.example.a" + i);
        EnergyData view = new View(house.gate, recipient);
        Consent consent;
        try {
          view.ask(asked, "");
          AccessRequest request = house.desk.requests().get(house.desk.requests().size() - 1);
          consent = house.desk.grant(request.id(), choice, House.ACTOR);
        } catch (TermsException e) {
          continue; // nothing is left
        }
        Release release = view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX);
        released += release.size();
        for (Terms side : List.of(floor, asked, choice)) {
          check(side, consent.terms(), release, house);
        }
        Instant oldest = consent.given().minus(asked.history().orElseThrow()).minusSeconds(1);
        for (Block block : release.blocks()) {
          assertThat(Instant.ofEpochMilli(block.starts()[0])).isAfterOrEqualTo(oldest);
        }
      }
      assertThat(released).isGreaterThan(1000);
    }
  }

  private TermsBuilder side(House house, TermsBuilder terms) {
    boolean raw = random.nextInt(4) == 0;
    if (raw) {
      terms.raw();
    } else {
      terms.interval(STEPS[random.nextInt(STEPS.length)]);
    }
    if (random.nextInt(3) == 0) {
      terms.delay(Duration.ofSeconds(random.nextInt(4000)));
    }
    if (random.nextInt(3) == 0) {
      terms.quantum(Unit.WATT, List.of(100L, 7_000L, 50_000L, 100_000L).get(random.nextInt(4)));
    }
    if (random.nextInt(3) == 0) {
      terms.roles(Set.of(DeviceRole.GRID_METER));
    }
    if (random.nextInt(3) == 0) {
      terms.devices(Set.of(house.meter.id()));
    }
    if (random.nextInt(3) == 0) {
      terms.quantities(Quantity.ACTIVE_POWER, Quantity.ENERGY_IMPORT);
    }
    if (random.nextInt(4) == 0) {
      terms.pseudonymRotation(Duration.ofHours(1 + random.nextInt(3)));
    }
    if (!raw && random.nextInt(4) == 0) {
      terms.noise(new Noise(500_000, Noise.Unit.INTERVAL, 100_000_000, 0, 3000));
    }
    return terms;
  }

  private static void check(Terms side, Terms met, Release release, House house) {
    Instant youngest = release.instant().minus(side.delay());
    for (Block block : release.blocks()) {
      if (side.pseudonymRotation().isPresent()) {
        assertThat(block.subject())
            .isNotIn(house.meter.id().toString(), house.pump.id().toString());
      } else if (side.devices().isPresent() && !block.subject().startsWith("p-")) {
        assertThat(block.subject()).isEqualTo(house.meter.id().toString());
      }
      side.quantities().ifPresent(q -> assertThat(q).contains(block.quantity()));
      assertThat(block.intervalSeconds())
          .isGreaterThanOrEqualTo(side.mode() == Mode.RAW ? 0 : side.resolution().seconds());
      for (int i = 0; i < block.size(); i++) {
        assertThat(block.end(i, ROME)).isLessThanOrEqualTo(youngest.toEpochMilli());
        BigDecimal value = BigDecimal.valueOf(block.mantissas()[i], -block.exponent());
        Long least = side.quantum().get(Unit.WATT);
        if (least != null && block.quantity().equals("power.active")) {
          long quantum = met.quantum().get(Unit.WATT); // the coarser of all sides
          assertThat(quantum).isGreaterThanOrEqualTo(least);
          assertThat(value.remainder(BigDecimal.valueOf(quantum, 3)).signum()).isZero();
        }
      }
    }
  }
}
